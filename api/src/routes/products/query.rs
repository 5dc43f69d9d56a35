//! The query of a list of products.

use contracts::money::MAX_AMOUNT;

use crate::{
    Api,
    http::{Params, limit},
    problem::Problem,
    read_model::catalog::{Browsed, Criteria, Cursor, Sort},
};

const LONGEST_QUERY: usize = 100;
const LONGEST_WORD: usize = 64;
/// Products that may be visited on a thread of the runtime: some tenths of a millisecond.
const BUDGET: usize = 2000;

/// A checked query.
pub(crate) struct Wanted {
    query: Option<String>,
    criteria: Criteria,
    after: Option<Cursor>,
    limit: usize,
}

impl Wanted {
    pub(crate) fn read(params: &Params) -> Result<Self, Problem> {
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
            let words = "after must be the `next` of a page in this order.";
            Cursor::read(sort, text).ok_or_else(|| Problem::parameter("after", words))
        });
        Ok(Self {
            query,
            criteria,
            after: after.transpose()?,
            limit: limit(params)?,
        })
    }

    /// Searches within the budget of a thread of the runtime; `None` when that is not enough.
    pub(crate) fn find_at_once(&self, api: &Api) -> Option<Browsed> {
        if self.query.is_some() {
            return None;
        }
        self.browse(api, BUDGET)
    }

    /// Searches without a limit, which may take milliseconds.
    pub(crate) fn find(&self, api: &Api) -> Result<Browsed, Problem> {
        let Some(query) = &self.query else {
            let found = self.browse(api, usize::MAX);
            return found.ok_or_else(|| Problem::internal("a search without an end"));
        };
        let matches = api.search.find(query).map_err(Problem::internal)?;
        let (catalog, after) = (&api.catalog, self.after.as_ref());
        Ok(catalog.browse_among(matches, &self.criteria, after, self.limit))
    }

    fn browse(&self, api: &Api, budget: usize) -> Option<Browsed> {
        let (catalog, after) = (&api.catalog, self.after.as_ref());
        catalog.browse(&self.criteria, after, self.limit, budget)
    }
}

fn text(params: &Params, name: &'static str, most: usize) -> Result<Option<String>, Problem> {
    let Some(text) = params.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > most {
        let detail = format!("{name} may have {most} characters.");
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
