//! What a list of products is asked for.

use contracts::money::MAX_AMOUNT;

use crate::{
    Api,
    catalog::{Browsed, Criteria, Cursor, Sort},
    page::{Params, limit},
    problem::Problem,
};

const LONGEST_QUERY: usize = 100;
const LONGEST_WORD: usize = 64;

/// A request for a list, checked.
pub(super) struct Wanted {
    query: Option<String>,
    pub(super) criteria: Criteria,
    pub(super) after: Option<Cursor>,
    pub(super) limit: usize,
}

impl Wanted {
    pub(super) fn read(params: &Params) -> Result<Self, Problem> {
        let query = text(params, "query", LONGEST_QUERY)?;
        let sort = sort(params, query.is_some())?;
        let (min_price, max_price) = (price(params, "minPrice")?, price(params, "maxPrice")?);
        if min_price
            .zip(max_price)
            .is_some_and(|(least, most)| least > most)
        {
            let detail = "minPrice must not be above maxPrice.";
            return Err(Problem::parameter("minPrice", detail));
        }
        let criteria = Criteria {
            category: text(params, "category", LONGEST_WORD)?,
            tag: text(params, "tag", LONGEST_WORD)?,
            min_price,
            max_price,
            in_stock: flag(params, "inStock")?,
            on_sale: flag(params, "onSale")?,
            sort,
            facets: facets(params)?,
        };
        let after = params.get("after").filter(|text| !text.is_empty());
        let after = after.map(|text| {
            let words = "after must be what a list in this order answered as `next`.";
            Cursor::read(sort, text).ok_or_else(|| Problem::parameter("after", words))
        });
        Ok(Self {
            query,
            criteria,
            after: after.transpose()?,
            limit: limit(params)?,
        })
    }

    /// Whether it asks for products by id, whatever they are: that looks at no more than it shows.
    pub(super) fn is_plain(&self) -> bool {
        let Criteria {
            category,
            tag,
            min_price,
            max_price,
            in_stock,
            on_sale,
            sort,
            facets,
        } = &self.criteria;
        let all = category.is_none() && tag.is_none() && min_price.is_none() && max_price.is_none();
        let whatever = in_stock.is_none() && on_sale.is_none() && !facets;
        self.query.is_none() && all && whatever && *sort == Sort::Id
    }

    /// Looks. It may take milliseconds of a processor.
    pub(super) fn find(&self, api: &Api) -> Result<Browsed, Problem> {
        let matches = self.query.as_deref().map(|query| api.search().find(query));
        let matches = matches.transpose().map_err(Problem::internal)?;
        let catalog = api.catalog();
        Ok(catalog.browse(matches, &self.criteria, self.after.as_ref(), self.limit))
    }
}

fn text(params: &Params, name: &'static str, most: usize) -> Result<Option<String>, Problem> {
    let Some(text) = params.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.len() > most {
        let detail = format!("{name} may have {most} bytes.");
        return Err(Problem::parameter(name, detail));
    }
    Ok(Some(text.clone()))
}

fn sort(params: &Params, has_query: bool) -> Result<Sort, Problem> {
    let Some(word) = params.get("sort") else {
        return Ok(Sort::default());
    };
    let words = "sort must be relevance (with a query), price, -price, name or newest.";
    let sort = Sort::of(word).filter(|sort| has_query || *sort != Sort::Relevance);
    sort.ok_or_else(|| Problem::parameter("sort", words))
}

fn price(params: &Params, name: &'static str) -> Result<Option<i64>, Problem> {
    let Some(text) = params.get(name) else {
        return Ok(None);
    };
    let minor = text
        .parse()
        .ok()
        .filter(|minor| (0..=MAX_AMOUNT).contains(minor));
    let detail = || format!("{name} must be an integer of minor units from 0 to {MAX_AMOUNT}.");
    minor
        .map(Some)
        .ok_or_else(|| Problem::parameter(name, detail()))
}

fn flag(params: &Params, name: &'static str) -> Result<Option<bool>, Problem> {
    let Some(text) = params.get(name) else {
        return Ok(None);
    };
    let detail = || format!("{name} must be true or false.");
    let flag = text.parse().map(Some);
    flag.map_err(|_| Problem::parameter(name, detail()))
}

fn facets(params: &Params) -> Result<bool, Problem> {
    match params.get("facets").map(String::as_str) {
        None => Ok(false),
        Some("category") => Ok(true),
        Some(_) => Err(Problem::parameter("facets", "facets must be category.")),
    }
}
