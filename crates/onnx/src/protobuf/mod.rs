//! Reading a model's bytes without running them: only what the load gate must know before ONNX Runtime sees
//! them. Any bytes give an answer in time and memory bounded by their length; nothing here panics.

mod fix;
mod model;
mod wire;

pub use fix::Mended;
pub(crate) use fix::mend;
pub(crate) use model::scan;
