//! `bystander models fix`: what the load gate refuses and can be mended in the model's file.

use crate::protobuf::{self, Mended};
use bystander_models::{Refusal, RefusalKind};

/// Takes ZipMap out of a model and mends the declared shapes of its outputs; what it computes stays the same.
///
/// # Errors
/// When the bytes are not a whole ONNX model; `name` is what the refusal calls it.
pub fn mend(name: &str, model: &[u8]) -> Result<Mended, Refusal> {
    let corrupt = "it is not a whole ONNX model: it is cut off, damaged or another kind of file";
    protobuf::mend(model).map_err(|_| {
        Refusal::new(name, RefusalKind::Corrupt, corrupt, "copy it again, or export it again as ONNX")
    })
}
