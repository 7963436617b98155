//! Prices: where the shadow's changes lie ([`spread`]), how restless they are ([`stability`]), which costs stand still
//! ([`standstill`]), what they would have meant at unchanged or at answering demand ([`repricing`]), and whether the data
//! can say anything about demand at all ([`support`], [`off_policy`], [`response`]). The live price is what happened, not
//! the truth. Prices are minor units of one currency.

pub mod off_policy;
pub mod repricing;
pub mod response;
pub mod spread;
pub mod stability;
pub mod standstill;
pub mod support;
