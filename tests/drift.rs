//! exploratory
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

use bystander_core::decision::{Action, Decision, GuardrailTrail, Verdict};
use bystander_core::drift::DriftPlan;
use bystander_core::features::InputBuilder;
use bystander_core::scored::ScoredModel;
use bystander_onnx::{LoadedModel, Repository, Runtime, gate};
use bystander_pipeline::Scorer;
use bystander_storefront::{Expected, Shop, ShopConfig, ShopTopic};
use std::path::Path;

fn model(reference: &str) -> LoadedModel {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let runtime = Runtime::open(Some(&root.join("target/onnxruntime/libonnxruntime.so"))).unwrap();
    let repository = Repository::open(&root.join("models")).unwrap();
    gate::load(&runtime, &repository, &repository.resolve(reference).unwrap()).unwrap()
}

#[test]
fn explore() {
    for (name, topic) in [("fraud/1", ShopTopic::Orders), ("fraud/2", ShopTopic::Orders), ("pricing/1", ShopTopic::Quotes)] {
        let model = model(name);
        let plan = DriftPlan::new(&model.contract);
        println!("{name} cells {:?}", std::mem::size_of_val(&plan));
        for (seed, orders, start) in [(1, 20_000, 0), (3, 20_000, 0), (3, 20_000, 10_000), (3, 200_000, 0), (7, 10_000, 0)] {
            let config = ShopConfig { seed, orders, quotes: orders / 2, ..ShopConfig::default() };
            let mut tally = plan.tally();
            let events: Vec<_> = Shop::new(&config).unwrap().filter(|e| e.topic == topic && e.expected == Expected::Good).skip(start / if topic == ShopTopic::Quotes {2} else {1}).take(3_000).collect();
            let mut scorer = model.scorer().unwrap();
            for chunk in events.chunks(32) {
                let mut builder = InputBuilder::new(&model.contract).unwrap();
                chunk.iter().for_each(|e| builder.push(e.payload.as_ref().unwrap()).unwrap());
                let mut scored = ScoredModel::default();
                scorer.score(builder.input(), &mut scored.scores).unwrap();
                scored.decisions = vec![Some(Decision { would_be: Verdict::Action(Action::Accept), live: None, agrees: None, delta_amount: None, trail: GuardrailTrail::default() }); chunk.len()];
                plan.count(builder.input(), &scored, &mut tally);
            }
            let mut worst: Vec<_> = plan.read(&tally).filter_map(|r| Some((r.psi?, r.feature))).collect();
            worst.sort_by(|a, b| b.0.total_cmp(&a.0));
            println!("{name} seed {seed} of {orders} from {start}: {} events {:?}", events.len(), &worst[..8]);
            if seed == 1 { for r in plan.read(&tally) { println!("   {r:?}"); } }
        }
    }
}
