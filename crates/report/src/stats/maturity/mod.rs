//! Label maturity: a fraud is known only once its chargeback has arrived, days or weeks after the order, so young
//! orders look better than they are.
//!
//! - [`curve`]: the development curve F(a) = P(a fraud's label has arrived by age a).
//! - [`developed`]: recall with each fraud weighted 1/F of its order's age.
//! - [`power`]: how many labels a comparison needs.
//!
//! Times are integers of one unit throughout (milliseconds, or days).

pub mod curve;
pub mod developed;
mod layout;
pub mod power;
