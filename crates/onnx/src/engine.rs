//! ONNX Runtime as an engine of the load gate.

use crate::bind;
use crate::protobuf;
use crate::runtime::Runtime;
use bystander_core::contract::Contract;
use bystander_models::{CheckFailure, Engine, EngineIdentity, ModelFormat, Session};

/// The file that it runs.
pub const FORMAT: ModelFormat = ModelFormat { engine: "onnxruntime", file: "model.onnx" };

/// Scores ONNX models with a runtime.
#[derive(Debug, Clone)]
pub struct OnnxEngine {
    runtime: Runtime,
}

impl OnnxEngine {
    /// An engine on a runtime that is loaded.
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }
}

impl Engine for OnnxEngine {
    fn format(&self) -> ModelFormat {
        FORMAT
    }

    fn identity(&self) -> EngineIdentity {
        EngineIdentity { name: FORMAT.engine, version: self.runtime.version() }
    }

    fn inspect(&self, model: &[u8]) -> Result<(), CheckFailure> {
        protobuf::scan(model)
    }

    fn open(&self, name: &str, model: &[u8], contract: &Contract) -> Result<Box<dyn Session>, CheckFailure> {
        let session = bind::bind(&self.runtime, model, contract)?;
        session.run().name(name);
        Ok(Box::new(session))
    }
}
