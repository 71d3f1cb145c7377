//! The choice of instruction set, made once while running. Every choice gives the same bytes.

/// Which instructions the inner loops are compiled for; only those that this machine has can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Baseline,
    /// 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// What every machine of this architecture has.
    pub const BASELINE: Self = Self(Set::Baseline);

    /// All that this machine has, the narrowest first.
    pub fn all() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut all = vec![Self::BASELINE];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(has_avx2().then_some(Self(Set::Avx2)));
            all.extend(has_avx512().then_some(Self(Set::Avx512)));
        }
        all
    }

    /// The widest that this machine has.
    pub fn widest() -> Self {
        Self::all().pop().unwrap_or(Self::BASELINE)
    }

    /// Runs `work`, which must be inlined for the choice to matter, with these instructions.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub fn run<R>(self, work: impl FnOnce() -> R) -> R {
        match self.0 {
            // SAFETY: it was made where the machine said that it has these instructions.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { with_avx512(work) },
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { with_avx2(work) },
            Set::Baseline => work(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    has_avx2()
        && std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512vl")
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl")]
fn with_avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}
