//! Variables and parameters: named expressions and named quantities.

use super::compiler::Compiler;
use super::formula::{Phase, Source};
use crate::lang::keys::Domain;
use crate::lang::quantity::Numeric;
use crate::lang::reader::{Section, Spanned};

/// A name and its number, quantity or expression.
pub type Declared = (Spanned<String>, Numeric);

/// Reads `[parameters]` or `[variables]`.
pub fn read(root: &Section<'_>, which: &str) -> Vec<Declared> {
    root.named_numbers(which)
}

/// Declares each as a signal.
pub fn declare(compiler: &mut Compiler<'_>, declared: &[Declared], which: &str) {
    for (id, numeric) in declared {
        let path = format!("{which}.{}", id.value);
        compiler.declare_formula(&id.value, &path, "", Source::Numeric(numeric.clone()));
    }
}

/// Compiles parameters, which must not change along the way.
pub fn finish_parameters(compiler: &mut Compiler<'_>, declared: &[Declared]) {
    for (id, numeric) in declared {
        compiler.once(&format!("parameters.{}", id.value), numeric, Domain::Any);
    }
}

/// Compiles variables, so that those that nothing reads are drawn too and their mistakes found.
pub fn finish_variables(compiler: &mut Compiler<'_>, declared: &[Declared]) {
    for (id, _) in declared {
        compiler.name(&id.value, id.span, Phase::Step);
    }
}

#[cfg(test)]
mod tests {
    use crate::model::scenario::Scenario;

    #[test]
    fn what_nothing_reads_is_drawn_too() {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-02\n[parameters]\np = { uniform = [0, 1] }\n\
            [variables]\nv = { uniform = [0, 1] }\n\
            [correlations.c]\nbetween = [\"parameters.p\", \"variables.v\"]\nrho = 0.5\n";
        let model = Scenario::parse("unread.toml", text).unwrap().compile().unwrap();
        assert_eq!(model.drawn.len(), 2);
        assert_eq!(model.copulas[0].members.len(), 2);
    }
}
