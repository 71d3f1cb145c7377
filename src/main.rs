//! The entry point.

use drawdown::cli::{Exit, main as run};

fn main() -> Exit {
    run()
}
