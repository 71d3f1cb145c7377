//! Models between the check of a sweep and its run. Those of two points differ in a few numbers: what is kept of
//! most is what sets them apart from another, some hundred bytes of a quarter of a million.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::model::Model;

/// Models that are kept whole, at most.
const WHOLE: usize = 16;

/// Packs models against others that they resemble.
#[derive(Default)]
pub struct Packer {
    /// The first model of each length: what has another length has other parts.
    whole: Mutex<BTreeMap<usize, Arc<Vec<u8>>>>,
}

/// A model put away, but for what describes it.
pub struct Packed {
    like: Arc<Vec<u8>>,
    length: usize,
    difference: Vec<u8>,
}

impl Packer {
    pub fn pack(&self, model: &Model) -> Packed {
        let bytes = postcard::to_stdvec(model).expect("a model is plain data");
        let like = self.like(&bytes);
        let (length, difference) = (bytes.len(), difference(bytes, &like));
        Packed { like, length, difference: deflated(&difference) }
    }

    /// The model to pack another against: if need be, that one itself.
    fn like(&self, bytes: &[u8]) -> Arc<Vec<u8>> {
        let mut whole = self.whole.lock().expect("no thread panics while it holds this");
        let nearest = whole.range(bytes.len()..).chain(whole.iter().rev()).map(|(length, _)| *length).next();
        let length = nearest.filter(|_| whole.len() == WHOLE).unwrap_or(bytes.len());
        Arc::clone(whole.entry(length).or_insert_with(|| Arc::new(bytes.to_vec())))
    }
}

impl Packed {
    pub fn unpack(&self) -> Model {
        let bytes = difference(inflated(&self.difference, self.length), &self.like);
        postcard::from_bytes(&bytes).expect("a model reads back what it wrote")
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    // What cannot be deflated grows by a few bytes in each of some tens of thousands.
    let mut deflated = Vec::with_capacity(bytes.len() + bytes.len() / 1000 + 64);
    let status =
        Compress::new(Compression::fast(), false).compress_vec(bytes, &mut deflated, FlushCompress::Finish);
    assert!(matches!(status, Ok(Status::StreamEnd)), "there was room enough");
    deflated.shrink_to_fit();
    deflated
}

fn inflated(bytes: &[u8], length: usize) -> Vec<u8> {
    let mut inflated = Vec::with_capacity(length);
    let status = Decompress::new(false).decompress_vec(bytes, &mut inflated, FlushDecompress::Finish);
    assert!(matches!(status, Ok(Status::StreamEnd)), "it was deflated from so many bytes");
    inflated
}

/// Zeros where the bytes are alike; and from that the bytes again.
fn difference(mut bytes: Vec<u8>, like: &[u8]) -> Vec<u8> {
    bytes.iter_mut().zip(like).for_each(|(byte, like)| *byte ^= like);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;

    fn theatre() -> Scenario {
        Scenario::open("scenarios/iraq-syria.toml").expect("it is legal")
    }

    #[test]
    fn points_that_differ_in_numbers_take_a_hundredth_of_a_model() {
        let packer = Packer::default();
        for (path, values) in [
            ("parameters.walk_back", ["0", "2.5", "3.75", "6"]),
            ("phases.coalition_ends.shift_days", ["0", "90", "180", "270"]),
        ] {
            let point =
                |value| theatre().with(path, value).and_then(|point| point.compile()).expect("it is legal");
            let models = values.map(point);
            let packed = models.each_ref().map(|model| packer.pack(model));
            for (model, packed) in models.iter().zip(&packed) {
                assert_eq!(packed.unpack().fingerprint(), model.fingerprint(), "{path}");
            }
            assert_ne!(models[2].fingerprint(), models[3].fingerprint(), "{path}");
            for packed in &packed[2..] {
                let (size, whole) = (packed.difference.len(), packed.like.len());
                assert!(size * 100 < whole, "{path}: {size} bytes of {whole}");
            }
        }
    }

    #[test]
    fn models_of_any_size_come_back() {
        let packer = Packer::default();
        for sites in 0..2 * WHOLE {
            let sites: String = (0..sites).map(|i| format!("[sites.s{i}]\ntheatre = \"t\"\n")).collect();
            let text = format!("schema = 1\nstart = 2024-01-01\nend = 2024-02-01\n[theatres.t]\n{sites}");
            let model = Scenario::parse("sites.toml", &text).and_then(|s| s.compile()).expect("it is legal");
            assert_eq!(packer.pack(&model).unpack().fingerprint(), model.fingerprint());
        }
        assert_eq!(packer.whole.lock().unwrap().len(), WHOLE);
    }
}
