//! Tokens to a tree, by precedence climbing.

use super::lexer::{Token, tokens};
use super::{Expression, FUNCTIONS, Function, MANY, Operator, Term, function};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::source::Span;

/// Deeper nesting is refused, so that no expression can exhaust the stack.
const DEEPEST: usize = 100;
/// Longer expressions are refused for the same reason: `a + a + …` nests to the left.
const LONGEST: usize = 4000;

/// Parses `text`, whose characters stand at `at`; the first mistake ends it.
pub fn parse(text: &str, at: Span) -> Result<Expression, Diagnostic> {
    let tokens = tokens(text, at)?;
    if tokens.len() == 1 {
        return Err(Diagnostic::error(at, "this expression is empty").hint("write a number such as 0"));
    }
    if tokens.len() > LONGEST {
        return Err(Diagnostic::error(at, format!("longer than {LONGEST} words and symbols"))
            .hint("name parts of it in [variables]"));
    }
    let mut parser = Parser { tokens, next: 0, depth: 0 };
    let expression = parser.expression(0)?;
    match parser.take() {
        (Token::End, _) => Ok(expression),
        (token, span) => Err(parser.unexpected(&token, span, "an operator or the end")),
    }
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    next: usize,
    depth: usize,
}

/// How tightly each operator binds; a comparison does not chain.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const ADD: u8 = 5;
const MULTIPLY: u8 = 6;
const NEGATE: u8 = 7;
const POWER: u8 = 8;

fn operator(token: &Token) -> Option<(Operator, u8)> {
    Some(match token {
        Token::Name(word) if word == "or" => (Operator::Or, OR),
        Token::Name(word) if word == "and" => (Operator::And, AND),
        Token::Symbol("<") => (Operator::Less, COMPARE),
        Token::Symbol("<=") => (Operator::LessOrEqual, COMPARE),
        Token::Symbol(">") => (Operator::Greater, COMPARE),
        Token::Symbol(">=") => (Operator::GreaterOrEqual, COMPARE),
        Token::Symbol("==") => (Operator::Equal, COMPARE),
        Token::Symbol("!=") => (Operator::NotEqual, COMPARE),
        Token::Symbol("+") => (Operator::Add, ADD),
        Token::Symbol("-") => (Operator::Subtract, ADD),
        Token::Symbol("*") => (Operator::Multiply, MULTIPLY),
        Token::Symbol("/") => (Operator::Divide, MULTIPLY),
        Token::Symbol("^") => (Operator::Power, POWER),
        _ => return None,
    })
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    fn take(&mut self) -> (Token, Span) {
        let taken = self.tokens[self.next].clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        taken
    }

    /// Everything that binds at least as tightly as `least`.
    fn expression(&mut self, least: u8) -> Result<Expression, Diagnostic> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let span = self.tokens[self.next].1;
            return Err(Diagnostic::error(span, format!("nested more than {DEEPEST} deep"))
                .hint("name parts of it in [variables]"));
        }
        let mut left = self.operand(least)?;
        while let Some((operator, strength)) = operator(self.peek()) {
            if strength < least {
                break;
            }
            self.take();
            let right = self.expression(if operator == Operator::Power { NEGATE } else { strength + 1 })?;
            if strength == COMPARE {
                self.refuse_chain(&right)?;
            }
            let span = left.span.to(right.span);
            left = Expression { span, term: Term::Binary(operator, Box::new(left), Box::new(right)) };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn refuse_chain(&self, middle: &Expression) -> Result<(), Diagnostic> {
        match operator(self.peek()) {
            Some((_, COMPARE)) => {
                let span = middle.span.to(self.tokens[self.next].1);
                Err(Diagnostic::error(span, "comparisons do not chain").hint("write `a < b and b < c`"))
            }
            _ => Ok(()),
        }
    }

    fn operand(&mut self, least: u8) -> Result<Expression, Diagnostic> {
        let (token, span) = self.take();
        match token {
            Token::Number(x) => Ok(Expression { span, term: Term::Number(x) }),
            Token::Date(date) => Ok(Expression { span, term: Term::Date(date) }),
            Token::Symbol("-") => {
                let inner = self.expression(NEGATE)?;
                Ok(Expression { span: span.to(inner.span), term: Term::Negate(Box::new(inner)) })
            }
            Token::Symbol("+") => self.expression(NEGATE),
            Token::Symbol("(") => {
                let inner = self.expression(0)?;
                let close = self.close(span)?;
                Ok(Expression { span: span.to(close), ..inner })
            }
            Token::Name(word) if word == "not" => {
                if least > NOT {
                    return Err(Diagnostic::error(span, "`not` binds loosely: put it in parentheses")
                        .hint("write `a + (not b)`"));
                }
                let inner = self.expression(NOT)?;
                Ok(Expression { span: span.to(inner.span), term: Term::Not(Box::new(inner)) })
            }
            Token::Name(word) if word == "true" || word == "false" => {
                let number = if word == "true" { 1 } else { 0 };
                Err(Diagnostic::error(span, format!("`{word}` is not a name"))
                    .hint(format!("write {number}")))
            }
            Token::Name(word) if !matches!(word.as_str(), "and" | "or") => {
                if *self.peek() == Token::Symbol("(") { self.call(&word, span) } else { name(word, span) }
            }
            token => Err(self.unexpected(&token, span, "a number, a name or `(`")),
        }
    }

    fn call(&mut self, word: &str, span: Span) -> Result<Expression, Diagnostic> {
        let Some(function) = function(word) else {
            return Err(Diagnostic::error(span, format!("there is no function `{word}`"))
                .suggest(word, FUNCTIONS.iter().map(|f| f.name))
                .hint(format!("functions: {}", list(FUNCTIONS.iter().map(|f| f.name)))));
        };
        let (_, open) = self.take();
        let mut arguments = Vec::new();
        if *self.peek() != Token::Symbol(")") {
            arguments.push(self.expression(0)?);
            while *self.peek() == Token::Symbol(",") {
                self.take();
                arguments.push(self.expression(0)?);
            }
        }
        let whole = span.to(self.close(open)?);
        check_count(function, arguments.len(), whole)?;
        Ok(Expression { span: whole, term: Term::Call { function, arguments } })
    }

    fn close(&mut self, open: Span) -> Result<Span, Diagnostic> {
        match self.take() {
            (Token::Symbol(")"), span) => Ok(span),
            (token, span) => {
                Err(self.unexpected(&token, span, "an operator, `,` or `)`").related(open, "opened here"))
            }
        }
    }

    fn unexpected(&self, token: &Token, span: Span, legal: &str) -> Diagnostic {
        let message = match token {
            Token::End => "the expression ends too early".to_owned(),
            _ => format!("{} cannot stand here", token.describe()),
        };
        let error = Diagnostic::error(span, message).label(format!("expected {legal}"));
        match token {
            Token::Symbol("=") => error.hint("equality is written `==`"),
            _ => error,
        }
    }
}

fn name(word: String, span: Span) -> Result<Expression, Diagnostic> {
    match function(&word) {
        Some(f) => {
            Err(Diagnostic::error(span, format!("`{word}` is a function"))
                .hint(format!("write `{}`", f.usage)))
        }
        None => Ok(Expression { span, term: Term::Name(word) }),
    }
}

fn check_count(function: &Function, given: usize, span: Span) -> Result<(), Diagnostic> {
    let (fewest, most) = function.arguments;
    let odd = function.name == "interp" && given.is_multiple_of(2);
    if (fewest..=most).contains(&given) && !odd {
        return Ok(());
    }
    let legal = match (fewest, most) {
        _ if function.name == "interp" => "x and pairs of points, at least two".to_owned(),
        (a, MANY) => format!("{a} or more arguments"),
        (1, 1) => "one argument".to_owned(),
        (a, _) => format!("{a} arguments"),
    };
    Err(Diagnostic::error(span, format!("`{}` takes {legal}, not {given}", function.name))
        .hint(format!("write `{}`: {}", function.usage, function.doc)))
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree with every operation in parentheses.
    fn show(e: &Expression) -> String {
        match &e.term {
            Term::Number(x) => format!("{x}"),
            Term::Date(d) => format!("{d}"),
            Term::Name(n) => n.clone(),
            Term::Not(x) => format!("(not {})", show(x)),
            Term::Negate(x) => format!("(-{})", show(x)),
            Term::Binary(op, a, b) => format!("({} {op:?} {})", show(a), show(b)),
            Term::Call { function, arguments } => {
                format!("{}({})", function.name, arguments.iter().map(show).collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn tree(text: &str) -> String {
        let at = Span { start: 0, end: text.len() as u32 };
        parse(text, at).map_or_else(|e| format!("error: {}", e.message), |e| show(&e))
    }

    #[test]
    fn precedence_is_as_documented() {
        for (text, want) in [
            ("-2^2", "(-(2 Power 2))"),
            ("2^-3^2", "(2 Power (-(3 Power 2)))"),
            ("2^3^2", "(2 Power (3 Power 2))"),
            ("a - b - c", "((a Subtract b) Subtract c)"),
            ("-a * b", "((-a) Multiply b)"),
            ("a / b * c", "((a Divide b) Multiply c)"),
            ("a or b and not c < d + e", "(a Or (b And (not (c Less (d Add e)))))"),
            ("not a and b", "((not a) And b)"),
            ("if(x.y, 1, .5e-1)", "if(x.y 1 0.05)"),
            ("after(2025-01-20) and a >= 2_500", "(after(2025-01-20) And (a GreaterOrEqual 2500))"),
        ] {
            assert_eq!(tree(text), want, "{text}");
        }
    }

    #[test]
    fn mistakes_say_what_is_wrong() {
        for (text, want) in [
            ("a < b < c", "comparisons do not chain"),
            ("a && b", "`&&` means nothing here"),
            ("a = b", "`=` cannot stand here"),
            ("summ(a, 3)", "there is no function `summ`"),
            ("sum(a)", "`sum` takes 2 arguments, not 1"),
            ("interp(x, 1, 2, 3)", "`interp` takes x and pairs of points, at least two, not 4"),
            ("(a + b", "the expression ends too early"),
            ("Troops", "`Troops` is not a name"),
            ("2025-02-30", "there is no date 2025-02-30"),
            ("1.2.3", "`1.2.3` is not a number"),
            ("peak", "`peak` is a function"),
            ("", "this expression is empty"),
            ("a b", "`b` cannot stand here"),
        ] {
            assert_eq!(tree(text), format!("error: {want}"), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = "(".repeat(1000) + "1" + &")".repeat(1000);
        assert_eq!(tree(&text), "error: nested more than 100 deep");
    }

    #[test]
    fn a_node_knows_its_place() {
        let e = parse("a + foo(1)", Span { start: 10, end: 20 }).unwrap_err();
        assert_eq!(e.span, Some(Span { start: 14, end: 17 }));
    }
}
