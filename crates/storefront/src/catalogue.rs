//! What the shop sells.

use crate::dice::{Dice, Stream};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Electronics,
    Fashion,
    Beauty,
    Home,
    Toys,
    Grocery,
    GiftCards,
    Accessories,
}

/// What holds for a whole category.
pub(crate) struct Traits {
    pub(crate) name: &'static str,
    code: &'static str,
    /// Median list price in euros, and its spread on the log scale.
    price: (f64, f64),
    /// Cost as a share of the list price.
    cost: f64,
    /// Slope of the log odds of a purchase in the logarithm of the price.
    pub(crate) elasticity: f64,
    /// Share of purchases that come back.
    pub(crate) returned: f64,
    /// How often it is bought, and how much more often by fraudsters with stolen cards.
    popularity: f64,
    pub(crate) fraud_appeal: f64,
    items: usize,
}

impl Category {
    pub(crate) const ALL: [Self; 8] = [
        Self::Electronics,
        Self::Fashion,
        Self::Beauty,
        Self::Home,
        Self::Toys,
        Self::Grocery,
        Self::GiftCards,
        Self::Accessories,
    ];

    #[rustfmt::skip]
    pub(crate) fn traits(self) -> Traits {
        let (name, code, price, cost, elasticity, returned, popularity, fraud_appeal, items) = match self {
            Self::Electronics => ("electronics", "ELE", (160.0, 0.8), 0.74, 8.0, 0.06, 0.16, 5.0, 70),
            Self::Fashion => ("fashion", "FAS", (45.0, 0.5), 0.50, 4.5, 0.18, 0.24, 1.4, 90),
            Self::Beauty => ("beauty", "BEA", (22.0, 0.5), 0.48, 4.8, 0.04, 0.14, 0.8, 60),
            Self::Home => ("home", "HOM", (55.0, 0.7), 0.57, 5.2, 0.08, 0.15, 0.7, 70),
            Self::Toys => ("toys", "TOY", (28.0, 0.5), 0.60, 6.0, 0.05, 0.11, 0.6, 50),
            Self::Grocery => ("grocery", "GRO", (8.0, 0.4), 0.76, 9.0, 0.01, 0.09, 0.2, 40),
            Self::GiftCards => ("gift_cards", "GIF", (50.0, 0.5), 0.97, 12.0, 0.0, 0.04, 7.0, 8),
            Self::Accessories => ("accessories", "ACC", (6.0, 0.6), 0.40, 3.8, 0.05, 0.07, 0.9, 40),
        };
        Traits { name, code, price, cost, elasticity, returned, popularity, fraud_appeal, items }
    }

    pub(crate) fn name(self) -> &'static str {
        self.traits().name
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) sku: String,
    pub(crate) category: Category,
    pub(crate) list_price_euros: f64,
    pub(crate) cost_euros: f64,
}

#[derive(Debug, Clone)]
pub(crate) struct Catalogue {
    pub(crate) items: Vec<Item>,
    /// First item and number of items of each category, in the order of [`Category::ALL`].
    ranges: Vec<(usize, usize)>,
    popularity: Vec<(Category, f64)>,
    fraud_appeal: Vec<(Category, f64)>,
    /// Items cheap enough to try a stolen card on.
    cheap: Vec<usize>,
}

impl Catalogue {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, Stream::CATALOGUE);
        let (mut items, mut ranges) = (Vec::new(), Vec::new());
        for category in Category::ALL {
            let traits = category.traits();
            ranges.push((items.len(), traits.items));
            items.extend((0..traits.items).map(|number| draw_item(category, number, &mut dice)));
        }
        let mut cheap: Vec<usize> = (0..items.len()).collect();
        cheap.sort_by(|a, b| items[*a].list_price_euros.total_cmp(&items[*b].list_price_euros));
        cheap.truncate(25);
        let weigh = |weight: fn(&Traits) -> f64| Category::ALL.map(|c| (c, weight(&c.traits()))).to_vec();
        let popularity = weigh(|traits| traits.popularity);
        let fraud_appeal = weigh(|traits| traits.popularity * traits.fraud_appeal);
        Self { items, ranges, popularity, fraud_appeal, cheap }
    }

    pub(crate) fn draw_category(&self, dice: &mut Dice) -> Category {
        dice.weighted(&self.popularity)
    }

    /// A category as those choose who pay with other people's money.
    pub(crate) fn draw_resale_category(&self, dice: &mut Dice) -> Category {
        dice.weighted(&self.fraud_appeal)
    }

    /// An item of `category`; the first ones of each category sell best.
    pub(crate) fn draw_item(&self, category: Category, dice: &mut Dice) -> usize {
        let (first, count) = self.ranges[category as usize];
        let rank = dice.unit() * dice.unit();
        first + ((rank * count as f64) as usize).min(count - 1)
    }

    pub(crate) fn draw_cheap_item(&self, dice: &mut Dice) -> usize {
        dice.pick(&self.cheap)
    }
}

fn draw_item(category: Category, number: usize, dice: &mut Dice) -> Item {
    let traits = category.traits();
    let list_price_euros = dice.log_normal(traits.price.0, traits.price.1).max(1.2);
    let cost_share = (traits.cost + dice.normal(0.0, 0.05)).clamp(0.2, 0.98);
    Item {
        sku: format!("{}-{:04}", traits.code, number + 1),
        category,
        list_price_euros,
        cost_euros: list_price_euros * cost_share,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_grouped_by_category_and_cost_less_than_their_list_price() {
        let catalogue = Catalogue::new(4);
        let mut dice = Dice::new(4, Stream::ORDERS);
        for category in Category::ALL {
            let item = &catalogue.items[catalogue.draw_item(category, &mut dice)];
            assert_eq!(item.category, category);
            assert!(item.cost_euros < item.list_price_euros);
        }
    }

    #[test]
    fn cheap_items_are_cheap() {
        let catalogue = Catalogue::new(4);
        assert!(catalogue.cheap.iter().all(|item| catalogue.items[*item].list_price_euros < 8.0));
    }
}
