//! How many records the simulated shop writes: an option for each of its topics.

use crate::commands::demo;
use bystander_storefront::{ShopRecords, ShopTopic, for_each_topic};
use clap::Args;

macro_rules! record_options {
    ($($topic:ident in $module:ident,)+) => {
        /// Options of `simulate`.
        #[derive(Debug, Args)]
        pub(crate) struct SimulateRecords {
            $(
                #[arg(long, help = records_on(ShopTopic::$topic), default_value_t = ShopTopic::$topic.records())]
                $module: u64,
            )+
        }

        /// Options of `demo`.
        #[derive(Debug, Args)]
        pub(crate) struct DemoRecords {
            $(
                #[arg(long, help = records_on(ShopTopic::$topic), default_value_t = demo::records(ShopTopic::$topic))]
                $module: u64,
            )+
        }

        impl From<&SimulateRecords> for ShopRecords {
            fn from(options: &SimulateRecords) -> Self {
                [$((ShopTopic::$topic, options.$module),)+].into()
            }
        }

        impl From<&DemoRecords> for ShopRecords {
            fn from(options: &DemoRecords) -> Self {
                [$((ShopTopic::$topic, options.$module),)+].into()
            }
        }
    };
}

for_each_topic!(record_options);

/// `Records on the price-quotes topic`.
fn records_on(topic: ShopTopic) -> String {
    format!("Records on the {} topic", topic.name().trim_start_matches("shop."))
}
