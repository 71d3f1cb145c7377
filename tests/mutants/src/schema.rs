//! A file written anew: every mutant of it is there, behind a question asked while the program runs.

use std::fmt::Write;

use crate::mutant::{Mutant, Piece};
use crate::sites::{Class, Kind, Site};

/// How a site is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// As it was: no form compiles.
    Left,
    /// One text a mutant; whoever reaches the site is taken to differ from each.
    Plain,
    /// Values are worked out side by side, so that it is known which mutants would change one.
    Compared,
}

/// A file and how its sites are written.
pub struct Source<'a> {
    pub text: &'a str,
    pub sites: &'a [Site],
    pub forms: &'a [Form],
    /// The number, in the whole program, of the first site of the file.
    pub first_site: usize,
    pub mutants: &'a [Mutant],
    /// The mutants, by index, that are left out of their sites.
    pub dropped: &'a [bool],
}

/// What is written, and where in it each site and mutant stands: inner ones after those around them.
#[derive(Default)]
pub struct Written {
    pub text: String,
    pub marks: Vec<(Piece, Mark)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    Site(usize),
    Mutant(usize),
}

impl Source<'_> {
    /// The whole file.
    pub fn write(&self) -> Written {
        let mut out = Written::default();
        self.piece(0..self.text.len(), 0..self.sites.len(), &mut out);
        out
    }

    /// A piece of the text, where `sites` are those that may lie in it.
    fn piece(&self, piece: Piece, sites: Piece, out: &mut Written) {
        let (mut at, mut index) = (piece.start, sites.start);
        while index < sites.end {
            let site = &self.sites[index];
            if piece.start <= site.whole.start && site.whole.end <= piece.end {
                out.text += &self.text[at..site.whole.start];
                self.site(index, out);
                at = site.whole.end;
            }
            index = site.end;
        }
        out.text += &self.text[at..piece.end];
    }

    fn site(&self, index: usize, out: &mut Written) {
        let (mark, start) = (out.marks.len(), out.text.len());
        out.marks.push((0..0, Mark::Site(index)));
        let site = &self.sites[index];
        let mutants: Vec<usize> = site.mutants.iter().copied().filter(|m| !self.dropped[*m]).collect();
        let left = self.forms[index] == Form::Left;
        match &site.kind {
            Kind::Function { opaque: true, .. } if !left => self.opaque(index, &mutants, out),
            Kind::Function { inside, output, .. } if !left && self.any(index) => {
                self.function(index, inside, output, &mutants, out);
            }
            Kind::Constant { keyword } if !left && self.any(index) => {
                self.within(index, site.whole.start..keyword.start, out);
                out.text += "let";
                self.within(index, keyword.end..site.whole.end, out);
            }
            _ if left || mutants.is_empty() => self.within(index, site.whole.clone(), out),
            Kind::Function { .. } | Kind::Constant { .. } => self.within(index, site.whole.clone(), out),
            Kind::Binary { left, right, class } => {
                self.binary(index, left.clone(), right.clone(), *class, &mutants, out);
            }
            Kind::Unary { operand } => self.unary(index, operand, &mutants, out),
            Kind::Guard => self.guard(index, &mutants, out),
            Kind::Arm { pattern, guard, rest } => {
                self.arm(index, pattern, guard.as_ref(), rest, mutants[0], out)
            }
            Kind::Fields(fields) => self.fields(index, fields, &mutants, out),
        }
        out.marks[mark].0 = start..out.text.len();
    }

    /// A piece of a site, with the sites in it.
    fn within(&self, index: usize, piece: Piece, out: &mut Written) {
        self.piece(piece, index + 1..self.sites[index].end, out);
    }

    /// The body as it was, unless one of its mutants matters, then the other, apart: most of the program runs at its
    /// own pace, and what was small enough to be inlined still is.
    fn function(&self, index: usize, inside: &Piece, output: &Piece, mutants: &[usize], out: &mut Written) {
        let (form, number) = (self.forms[index], self.first_site + index);
        let _ = write!(out.text, "{{ if crate::mutants::live({number}) {{ ");
        if form == Form::Compared {
            let _ =
                write!(out.text, "return crate::mutants::apart(move || {} {{", &self.text[output.clone()]);
        }
        for &mutant in mutants {
            let _ = write!(out.text, "if {} {{ return ", is(mutant));
            self.marked(mutant, out, |out| out.text += &self.mutants[mutant].replacement);
            out.text += "; } ";
        }
        if form == Form::Plain {
            out.text += "} ";
            self.within(index, inside.clone(), out);
        } else {
            self.within(index, inside.clone(), out);
            let _ = write!(out.text, "}}); }} {{ {} }}", &self.text[inside.clone()]);
        }
        out.text += "}";
    }

    /// Whether a site or one within it has mutants.
    fn any(&self, index: usize) -> bool {
        let sites = &self.sites[index..self.sites[index].end];
        sites.iter().any(|site| site.mutants.iter().any(|m| !self.dropped[*m]))
    }

    /// A body whose values have a type of their own, and those of its mutants another.
    fn opaque(&self, index: usize, mutants: &[usize], out: &mut Written) {
        let number = self.first_site + index;
        out.text += "{ ";
        for &mutant in mutants {
            let _ = write!(out.text, "if crate::mutants::live({number}) && {} ", is(mutant));
            out.text += "{ crate::mutants::Either::Left(";
            self.marked(mutant, out, |out| out.text += &self.mutants[mutant].replacement);
            out.text += ") } else { crate::mutants::Either::Right(";
        }
        self.within(index, self.sites[index].whole.clone(), out);
        out.text += &") }".repeat(mutants.len());
        out.text += " }";
    }

    /// `if it is this mutant { its text } else … { the text as it was }`.
    fn texts(
        &self,
        index: usize,
        mutants: &[usize],
        out: &mut Written,
        text: impl Fn(Option<usize>, &mut Written),
    ) {
        let number = self.first_site + index;
        out.text += "(";
        for &mutant in mutants {
            let _ = write!(out.text, "if crate::mutants::live({number}) && {} {{ ", is(mutant));
            self.marked(mutant, out, |out| text(Some(mutant), out));
            out.text += " } else ";
        }
        out.text += "{ ";
        text(None, out);
        out.text += " })";
    }

    /// `if the site is live { the chosen value } else { the value as it was }`.
    fn compared(
        &self,
        index: usize,
        mutants: &[usize],
        out: &mut Written,
        value: impl Fn(Option<usize>, &mut Written),
    ) {
        let number = self.first_site + index;
        let _ = write!(out.text, "(if crate::mutants::live({number}) {{ ");
        self.chosen(index, mutants, out, &value);
        out.text += " } else { ";
        value(None, out);
        out.text += " })";
    }

    fn chosen(
        &self,
        index: usize,
        mutants: &[usize],
        out: &mut Written,
        value: &impl Fn(Option<usize>, &mut Written),
    ) {
        let number = self.first_site + index;
        let _ = write!(out.text, "crate::mutants::choose({number}, &|| ");
        value(None, out);
        out.text += ", &[";
        for &mutant in mutants {
            let _ = write!(out.text, "({mutant}, &|| ");
            self.marked(mutant, out, |out| value(Some(mutant), out));
            out.text += "), ";
        }
        out.text += "])";
    }

    fn binary(
        &self,
        index: usize,
        left: Piece,
        right: Piece,
        class: Class,
        mutants: &[usize],
        out: &mut Written,
    ) {
        match (self.forms[index], class) {
            (Form::Compared, Class::Assignment) => self.assignment(index, left, right, mutants, out),
            (Form::Compared, Class::Logic) => self.logic(index, left, right, mutants, out),
            (Form::Compared, Class::Comparison) => self.values(index, left, right, ("&", "*"), mutants, out),
            (Form::Compared, Class::Arithmetic) => self.values(index, left, right, ("", ""), mutants, out),
            _ => self.texts(index, mutants, out, |mutant, out| {
                self.within(index, left.clone(), out);
                let _ = write!(out.text, " {} ", self.operator(index, mutant));
                self.within(index, right.clone(), out);
            }),
        }
    }

    /// Two values worked out once, then put together; what is compared is borrowed and followed.
    fn values(
        &self,
        index: usize,
        left: Piece,
        right: Piece,
        (borrow, follow): (&str, &str),
        mutants: &[usize],
        out: &mut Written,
    ) {
        let _ = write!(out.text, "(match ({borrow}(");
        self.within(index, left, out);
        let _ = write!(out.text, "), {borrow}(");
        self.within(index, right, out);
        out.text += ")) { (l, r) => ";
        self.compared(index, mutants, out, |mutant, out| {
            let _ = write!(out.text, "{follow}l {} {follow}r", self.operator(index, mutant));
        });
        out.text += " })";
    }

    /// The left side once; whether the right is worked out depends on it.
    fn logic(&self, index: usize, left: Piece, right: Piece, mutants: &[usize], out: &mut Written) {
        out.text += "({ let l: bool = ";
        self.within(index, left, out);
        out.text += "; ";
        self.compared(index, mutants, out, |mutant, out| {
            let _ = write!(out.text, "l {} (", self.operator(index, mutant));
            self.within(index, right.clone(), out);
            out.text += ")";
        });
        out.text += " })";
    }

    fn assignment(&self, index: usize, left: Piece, right: Piece, mutants: &[usize], out: &mut Written) {
        let number = self.first_site + index;
        out.text += "(match (";
        self.within(index, right, out);
        let _ = write!(out.text, ") {{ r => if crate::mutants::live({number}) {{ let l = &mut (");
        self.within(index, left.clone(), out);
        out.text += "); let value = ";
        self.chosen(index, mutants, out, &|mutant, out: &mut Written| {
            let operator = self.operator(index, mutant);
            let _ = write!(out.text, "*l {} r", operator.trim_end_matches('='));
        });
        out.text += "; *l = value; } else { ";
        self.within(index, left, out);
        let _ = write!(out.text, " {} r; }} }})", self.operator(index, None));
    }

    fn unary(&self, index: usize, operand: &Piece, mutants: &[usize], out: &mut Written) {
        if self.forms[index] == Form::Plain {
            return self.texts(index, mutants, out, |mutant, out| match mutant {
                Some(_) => self.within(index, operand.clone(), out),
                None => self.within(index, self.sites[index].whole.clone(), out),
            });
        }
        out.text += "(match (";
        self.within(index, operand.clone(), out);
        out.text += ") { v => ";
        let operator = &self.text[self.sites[index].whole.start..operand.start];
        self.compared(index, mutants, out, |mutant, out| {
            out.text += if mutant.is_some() { "" } else { operator };
            out.text += "v";
        });
        out.text += " })";
    }

    fn guard(&self, index: usize, mutants: &[usize], out: &mut Written) {
        let value = |mutant: Option<usize>, out: &mut Written| match mutant {
            Some(mutant) => out.text += &self.mutants[mutant].replacement,
            None => self.within(index, self.sites[index].whole.clone(), out),
        };
        match self.forms[index] {
            Form::Compared => self.compared(index, mutants, out, value),
            _ => self.texts(index, mutants, out, value),
        }
    }

    /// An arm that is passed by, as if it were not there.
    fn arm(
        &self,
        index: usize,
        pattern: &Piece,
        guard: Option<&Piece>,
        rest: &Piece,
        mutant: usize,
        out: &mut Written,
    ) {
        self.within(index, pattern.clone(), out);
        let number = self.first_site + index;
        let _ = write!(out.text, " if !(crate::mutants::live({number}) && {})", is(mutant));
        if let Some(guard) = guard {
            out.text += " && (";
            self.within(index, guard.clone(), out);
            out.text += ")";
        }
        out.text += " ";
        self.within(index, rest.clone(), out);
    }

    fn fields(&self, index: usize, fields: &[Piece], mutants: &[usize], out: &mut Written) {
        let site = &self.sites[index];
        self.texts(index, mutants, out, |mutant, out| {
            let field = site.mutants.iter().position(|m| Some(*m) == mutant).map(|at| &fields[at]);
            let gap = field.cloned().unwrap_or(site.whole.start..site.whole.start);
            self.within(index, site.whole.start..gap.start, out);
            self.within(index, gap.end..site.whole.end, out);
        });
    }

    /// The operator of a binary site, or of one of its mutants.
    fn operator(&self, index: usize, mutant: Option<usize>) -> &str {
        match (mutant, &self.sites[index].kind) {
            (Some(mutant), _) => &self.mutants[mutant].replacement,
            (None, Kind::Binary { left, right, .. }) => self.text[left.end..right.start].trim(),
            (None, _) => "",
        }
    }

    fn marked(&self, mutant: usize, out: &mut Written, write: impl FnOnce(&mut Written)) {
        let mark = out.marks.len();
        let start = out.text.len();
        out.marks.push((0..0, Mark::Mutant(mutant)));
        write(out);
        out.marks[mark].0 = start..out.text.len();
    }
}

fn is(mutant: usize) -> String {
    format!("crate::mutants::is({mutant})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sites;

    #[test]
    fn a_mutant_stands_beside_what_it_replaces() {
        let text = "fn f(a: f64, b: f64) -> f64 {\n    a + -b\n}\n";
        let mutant = |genre: &str, column: usize, replacement: &str| -> Mutant {
            let span = serde_json::json!({ "start": { "line": 2, "column": column } });
            let (name, file) = (format!("f.rs:2:{column}: {replacement}"), "f.rs");
            let all = serde_json::json!({ "name": name, "file": file, "genre": genre, "span": span,
                "replacement": replacement });
            serde_json::from_value(all).unwrap()
        };
        let mutants = [
            mutant("FnValue", 5, "0.0"),
            mutant("BinaryOperator", 7, "-"),
            mutant("UnaryOperator", 9, ""),
            mutant("BinaryOperator", 1, "*"),
        ];
        let (sites, homeless) = sites::find(text, &mutants, &[0, 1, 2, 3]).unwrap();
        assert_eq!((sites.len(), homeless), (3, vec![3]));
        for form in [Form::Compared, Form::Plain, Form::Left] {
            let (forms, dropped) = ([form; 3], [false; 4]);
            let source = Source {
                text,
                sites: &sites,
                forms: &forms,
                first_site: 0,
                mutants: &mutants,
                dropped: &dropped,
            };
            let written = source.write().text;
            assert!(syn::parse_file(&written).is_ok(), "{written}");
            assert_eq!(written.matches("return 0.0").count(), usize::from(form != Form::Left), "{written}");
            assert_eq!(written == text, form == Form::Left, "{written}");
        }
    }
}
