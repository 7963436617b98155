//! How purchases answer to price: a line through what was bought at prices that were drawn at random. It only serves a
//! doubly robust estimate, which is the narrower the nearer the line, and stays right when it is wrong.

/// A quote and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offer {
    /// ln(served price ÷ the item's usual price).
    pub log_price: f64,
    /// Quantity bought ÷ quantity asked for.
    pub bought: f64,
    /// Whose row it is: the halves of [`cross_fitted`] share no cluster.
    pub cluster: u32,
}

/// Share bought = `usual` + `slope` × ln(price ÷ usual price).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Response {
    /// At the usual price.
    pub usual: f64,
    /// By how much it changes where the price is e times as high.
    pub slope: f64,
}

impl Response {
    /// Least squares. A flat line where all prices are the usual ones, nothing where there are no offers.
    pub fn fit<'a>(offers: impl Iterator<Item = &'a Offer> + Clone) -> Self {
        let n = offers.clone().count() as f64;
        if n == 0.0 {
            return Self::default();
        }
        let mean = |of: fn(&Offer) -> f64| offers.clone().map(of).sum::<f64>() / n;
        let (price, bought) = (mean(|offer| offer.log_price), mean(|offer| offer.bought));
        let (mut across, mut squares) = (0.0, 0.0);
        for offer in offers {
            across += (offer.log_price - price) * (offer.bought - bought);
            squares += (offer.log_price - price).powi(2);
        }
        let slope = if squares > 0.0 { across / squares } else { 0.0 };
        Self { usual: bought - slope * price, slope }
    }

    /// Share bought at ln(price ÷ usual price).
    pub fn at(&self, log_price: f64) -> f64 {
        self.usual + self.slope * log_price
    }
}

/// For even and for odd clusters the line that was fitted on the others, so that no row's guess knows what came of it or of
/// its cluster (cross-fitting, Chernozhukov and others 2018).
pub fn cross_fitted(offers: &[Offer]) -> [Response; 2] {
    [1, 0].map(|half| Response::fit(offers.iter().filter(|offer| offer.cluster % 2 == half)))
}
