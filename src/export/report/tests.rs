#[cfg(test)] fn _x(){}
