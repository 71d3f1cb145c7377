//! The places of a file at which it has mutants.

use std::collections::BTreeMap;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, BinOp, Block, Expr, ExprBinary, ExprStruct, ExprUnary, ImplItemFn, Item, ItemFn, ReturnType};
use syn::{Signature, Stmt, TraitItemFn, Type, UnOp};

use crate::mutant::{Genre, Mutant, Piece};

/// A piece of the text that is written anew, so that it can be what it is, or a mutant of it.
#[derive(Debug)]
pub struct Site {
    pub kind: Kind,
    pub whole: Piece,
    /// Indices into the list of all mutants.
    pub mutants: Vec<usize>,
    /// The index, among the sites of the file, after the last that lies within this one.
    pub end: usize,
}

#[derive(Debug)]
pub enum Kind {
    /// A body: what is within its braces, the arrow and type before it, and whether that is opaque (`impl …`).
    Function {
        inside: Piece,
        output: Piece,
        opaque: bool,
    },
    /// The keyword of a constant within a function.
    Constant {
        keyword: Piece,
    },
    /// Both operands; whether it is one of arithmetic, a comparison, and so on.
    Binary {
        left: Piece,
        right: Piece,
        class: Class,
    },
    Unary {
        operand: Piece,
    },
    Guard,
    /// The pattern with its guard, and the guard.
    Arm {
        pattern: Piece,
        guard: Option<Piece>,
        rest: Piece,
    },
    /// For each mutant the field, with the comma after it.
    Fields(Vec<Piece>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Arithmetic,
    Comparison,
    Logic,
    Assignment,
}

/// The sites of a text, outer ones before those within; and the mutants, of those given, without one.
pub fn find(text: &str, mutants: &[Mutant], of_file: &[usize]) -> syn::Result<(Vec<Site>, Vec<usize>)> {
    let mut at: BTreeMap<(u8, usize), Vec<usize>> = BTreeMap::new();
    for &index in of_file {
        let mutant = &mutants[index];
        at.entry((mutant.genre as u8, mutant.start(text))).or_default().push(index);
    }
    let mut finder = Finder { text, at, sites: Vec::new() };
    finder.visit_file(&syn::parse_file(text)?);
    let homeless = finder.at.into_values().flatten().collect();
    Ok((finder.sites, homeless))
}

struct Finder<'t> {
    text: &'t str,
    at: BTreeMap<(u8, usize), Vec<usize>>,
    sites: Vec<Site>,
}

impl Finder<'_> {
    fn take(&mut self, genre: Genre, start: usize) -> Vec<usize> {
        self.at.remove(&(genre as u8, start)).unwrap_or_default()
    }

    /// A site, if it has mutants, and those within it.
    fn site(&mut self, kind: Kind, whole: Piece, mutants: Vec<usize>, within: impl FnOnce(&mut Self)) {
        if mutants.is_empty() && !matches!(kind, Kind::Function { .. } | Kind::Constant { .. }) {
            return within(self);
        }
        let place = self.sites.len();
        self.sites.push(Site { kind, whole, mutants, end: 0 });
        within(self);
        self.sites[place].end = self.sites.len();
    }

    fn function(&mut self, signature: &Signature, body: &Block, within: impl FnOnce(&mut Self)) {
        let whole = piece(body.span());
        let inside = whole.start + 1..whole.end - 1;
        let first = body.stmts.first().map(|first| piece(first.span()).start);
        let mutants = first.map(|first| self.take(Genre::FnValue, first)).unwrap_or_default();
        let (output, opaque) = match &signature.output {
            ReturnType::Default => (0..0, false),
            ReturnType::Type(_, of) => (piece(signature.output.span()), matches!(**of, Type::ImplTrait(_))),
        };
        self.site(Kind::Function { inside, output, opaque }, whole, mutants, within);
    }

    /// A piece with the comma that follows it.
    fn with_comma(&self, piece: Piece) -> Piece {
        let rest = &self.text[piece.end..];
        let spaces = rest.len() - rest.trim_start().len();
        let comma = if rest[spaces..].starts_with(',') { spaces + 1 } else { 0 };
        piece.start..piece.end + comma
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        if item.sig.constness.is_none() {
            self.function(&item.sig, &item.block, |finder| visit::visit_item_fn(finder, item));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        if item.sig.constness.is_none() {
            self.function(&item.sig, &item.block, |finder| visit::visit_impl_item_fn(finder, item));
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'a TraitItemFn) {
        match &item.default {
            Some(body) => self.function(&item.sig, body, |finder| visit::visit_trait_item_fn(finder, item)),
            None => visit::visit_trait_item_fn(self, item),
        }
    }

    fn visit_expr_binary(&mut self, expr: &'a ExprBinary) {
        // What binds in a chain of conditions cannot be one of two: such mutants do not compile.
        if class(&expr.op) == Class::Logic && (binds(&expr.left) || binds(&expr.right)) {
            return visit::visit_expr_binary(self, expr);
        }
        let mutants = self.take(Genre::BinaryOperator, piece(expr.op.span()).start);
        let (left, right) = (piece(expr.left.span()), piece(expr.right.span()));
        let kind = Kind::Binary { left, right, class: class(&expr.op) };
        self.site(kind, piece(expr.span()), mutants, |finder| visit::visit_expr_binary(finder, expr));
    }

    fn visit_expr_unary(&mut self, expr: &'a ExprUnary) {
        let operator = if matches!(expr.op, UnOp::Deref(_)) { vec![] } else { self.take_unary(expr) };
        let kind = Kind::Unary { operand: piece(expr.expr.span()) };
        self.site(kind, piece(expr.span()), operator, |finder| visit::visit_expr_unary(finder, expr));
    }

    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Item(Item::Const(item)) => {
                let keyword = piece(item.const_token.span());
                let whole = piece(item.span());
                self.site(Kind::Constant { keyword }, whole, vec![], |finder| {
                    visit::visit_item_const(finder, item);
                });
            }
            _ => visit::visit_stmt(self, statement),
        }
    }

    fn visit_arm(&mut self, arm: &'a Arm) {
        let whole = piece(arm.span());
        let mutants = self.take(Genre::MatchArm, whole.start);
        let guard = arm.guard.as_ref().map(|(_, guard)| piece(guard.span()));
        let rest = piece(arm.fat_arrow_token.span()).start..whole.end;
        let kind = Kind::Arm { pattern: piece(arm.pat.span()), guard, rest };
        self.site(kind, whole, mutants, |finder| {
            if let Some((_, guard)) = &arm.guard {
                finder.guard(guard);
            }
            finder.visit_expr(&arm.body);
        });
    }

    fn visit_expr_struct(&mut self, expr: &'a ExprStruct) {
        let fields = expr.fields.iter().map(|field| piece(field.span()));
        let mut without = Vec::new();
        let mut mutants = Vec::new();
        for field in fields {
            for mutant in self.take(Genre::StructField, field.start) {
                mutants.push(mutant);
                without.push(self.with_comma(field.clone()));
            }
        }
        let whole = piece(expr.span());
        self.site(Kind::Fields(without), whole, mutants, |finder| visit::visit_expr_struct(finder, expr));
    }
}

impl Finder<'_> {
    fn take_unary(&mut self, expr: &ExprUnary) -> Vec<usize> {
        self.take(Genre::UnaryOperator, piece(expr.op.span()).start)
    }

    fn guard(&mut self, guard: &Expr) {
        let whole = piece(guard.span());
        let mutants = self.take(Genre::MatchArmGuard, whole.start);
        self.site(Kind::Guard, whole, mutants, |finder| finder.visit_expr(guard));
    }
}

/// Whether a chain of conditions has a `let` in it.
fn binds(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(both) => matches!(both.op, BinOp::And(_)) && (binds(&both.left) || binds(&both.right)),
        _ => false,
    }
}

fn class(op: &BinOp) -> Class {
    match op {
        BinOp::And(_) | BinOp::Or(_) => Class::Logic,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
            Class::Comparison
        }
        BinOp::Add(_) | BinOp::Sub(_) | BinOp::Mul(_) | BinOp::Div(_) | BinOp::Rem(_) => Class::Arithmetic,
        BinOp::BitXor(_) | BinOp::BitAnd(_) | BinOp::BitOr(_) | BinOp::Shl(_) | BinOp::Shr(_) => {
            Class::Arithmetic
        }
        _ => Class::Assignment,
    }
}

fn piece(span: Span) -> Piece {
    span.byte_range()
}
