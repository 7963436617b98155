//! Prices: how the shadow's differ from live's ([`differences`]), how restless they are ([`stability`]), what they would
//! have meant at unchanged or at answering demand ([`repricing`]), and whether the data can say anything about
//! demand at all ([`support`], [`off_policy`], [`response`]). The live price is what happened, not the truth. Prices are minor
//! units of one currency.

pub mod differences;
pub mod off_policy;
pub mod repricing;
pub mod response;
pub mod stability;
pub mod support;
