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
        finish(compiler, id);
    }
}

/// Compiles variables, so that mistakes are found in those that nothing reads.
pub fn finish_variables(compiler: &mut Compiler<'_>, declared: &[Declared]) {
    for (id, _) in declared {
        finish(compiler, id);
    }
}

fn finish(compiler: &mut Compiler<'_>, id: &Spanned<String>) {
    compiler.name(&id.value, id.span, Phase::Step);
}
