//! The list of products, and the page of one.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::Query, http::StatusCode};
use contracts::{Currency, Money, ProductId};

use super::{
    faults::FormFaults,
    format::money,
    frame::Frame,
    pictures,
    visitor::{PageResult, Visitor, with_query},
    words::{Words, fill},
};
use crate::{
    Api,
    http::Id,
    problem::{Problem, kinds},
    read_model::item::Shown,
    routes::products::{find, known},
};

/// Products on a page.
const LIMIT: &str = "24";
/// Categories to choose from.
const MOST_CATEGORIES: usize = 40;
/// Available units from which on a page says how few there are.
const FEW: i64 = 5;

#[derive(Template)]
#[template(path = "products.html")]
struct ListPage {
    w: &'static Words,
    frame: Frame,
    filters: Filters,
    faults: FormFaults,
    categories: Vec<CategoryLink>,
    sorts: Vec<SortOption>,
    products: Vec<Card>,
    next: Option<String>,
    first: Option<String>,
    title: String,
    /// Labels with the currency.
    price_from: String,
    price_to: String,
}

#[derive(Template)]
#[template(path = "product.html")]
struct ProductPage {
    w: &'static Words,
    frame: Frame,
    card: Card,
    description: String,
    category: Option<CategoryLink>,
}

/// A product in a list.
struct Card {
    id: ProductId,
    name: String,
    price: String,
    picture: String,
    picture_text: String,
    add_text: String,
    stock: String,
    /// Class of the text about stock.
    tone: &'static str,
    can_order: bool,
}

struct CategoryLink {
    name: String,
    address: String,
    is_current: bool,
}

struct SortOption {
    value: &'static str,
    name: &'static str,
    is_current: bool,
}

/// The filters of a list, as the visitor has entered them.
#[derive(Clone, Debug, Default)]
struct Filters {
    query: String,
    category: String,
    min_price: String,
    max_price: String,
    in_stock: bool,
    sort: String,
    after: String,
}

impl Filters {
    fn read(params: &HashMap<String, String>) -> Self {
        let text = |name: &str| params.get(name).map_or("", |text| text.trim()).to_owned();
        Self {
            query: text("query"),
            category: text("category"),
            min_price: text("minPrice"),
            max_price: text("maxPrice"),
            in_stock: text("inStock") == "true",
            sort: text("sort"),
            after: text("after"),
        }
    }

    /// Returns the address of the list with these filters.
    fn address(&self) -> String {
        let query = [
            ("query", self.query.as_str()),
            ("category", &self.category),
            ("minPrice", &self.min_price),
            ("maxPrice", &self.max_price),
            ("inStock", if self.in_stock { "true" } else { "" }),
            ("sort", &self.sort),
            ("after", &self.after),
        ];
        with_query("/", query)
    }

    /// Returns whether anything but the order restricts the list.
    fn restrict(&self) -> bool {
        let texts = [
            &self.query,
            &self.category,
            &self.min_price,
            &self.max_price,
        ];
        self.in_stock || texts.iter().any(|text| !text.is_empty())
    }

    /// Returns the parameters of the API's list; prices become minor units.
    fn params(&self, currency: Currency) -> Result<HashMap<String, String>, &'static str> {
        let mut params = HashMap::new();
        let mut set = |name: &str, value: &str| {
            if !value.is_empty() {
                params.insert(name.to_owned(), value.to_owned());
            }
        };
        set("limit", LIMIT);
        set("onSale", "true");
        set("query", &self.query);
        set("category", &self.category);
        set("sort", &self.sort);
        set("after", &self.after);
        set("inStock", if self.in_stock { "true" } else { "" });
        for (name, text) in [("minPrice", &self.min_price), ("maxPrice", &self.max_price)] {
            if !text.is_empty() {
                // A comma is a decimal point in German.
                let price = Money::parse(&text.replace(',', "."), currency).ok_or(name)?;
                set(name, &price.amount.to_string());
            }
        }
        Ok(params)
    }
}

/// Lists products.
pub(crate) async fn list(
    visitor: Visitor,
    Query(params): Query<HashMap<String, String>>,
) -> PageResult {
    let (api, words) = (&visitor.api, visitor.words);
    let filters = Filters::read(&params);
    let mut faults = FormFaults::default();
    let currency = currency(api);
    let found = match filters.params(currency) {
        Err(name) => {
            faults = FormFaults::one(words, name, words.fault_price);
            None
        }
        Ok(params) => match find(api, &Query(params)).await {
            Ok(found) => Some(found),
            Err(problem) => {
                faults = filter_fault(words, problem)?;
                None
            }
        },
    };
    let status = match found {
        Some(_) => StatusCode::OK,
        None => StatusCode::BAD_REQUEST,
    };
    let (products, next) = found.map_or_else(Default::default, |found| {
        let cards = found.products.iter().map(|shown| Card::of(words, shown));
        let next = found.next.map(|cursor| {
            let after = cursor.to_string();
            let filters = filters.clone();
            Filters { after, ..filters }.address()
        });
        (cards.collect(), next)
    });
    let from_start = Filters {
        after: String::new(),
        ..filters.clone()
    };
    let title = match filters.query.as_str() {
        "" if filters.category.is_empty() => words.products.to_owned(),
        "" => filters.category.clone(),
        query => fill(words.results_for, &[query]),
    };
    let mut frame = visitor.frame();
    frame.query.clone_from(&filters.query);
    let page = ListPage {
        w: words,
        frame,
        categories: categories(api, words, &from_start),
        sorts: sorts(words, &filters),
        first: (!filters.after.is_empty()).then(|| from_start.address()),
        filters,
        faults,
        products,
        next,
        title,
        price_from: fill(words.price_from, &[currency.as_str()]),
        price_to: fill(words.price_to, &[currency.as_str()]),
    };
    visitor.page(status, &page)
}

/// Shows a product.
pub(crate) async fn show(visitor: Visitor, Id(id): Id<ProductId>) -> PageResult {
    let (api, words) = (&visitor.api, visitor.words);
    let shown = known(api, &id)?;
    let product = &shown.stored().product;
    let category = product.category.clone().map(|name| CategoryLink {
        address: Filters {
            category: name.clone(),
            ..Filters::default()
        }
        .address(),
        name,
        is_current: false,
    });
    let page = ProductPage {
        w: words,
        frame: visitor.frame(),
        card: Card::of(words, &shown),
        description: product.description.clone(),
        category,
    };
    visitor.page(StatusCode::OK, &page)
}

/// Returns the fault that a refused parameter of the API's list is on this page.
fn filter_fault(words: &'static Words, problem: Problem) -> PageResult<FormFaults> {
    let name = problem.member("parameter").and_then(|name| name.as_str());
    match name {
        Some("minPrice") => Ok(FormFaults::one(words, "minPrice", words.fault_price_range)),
        Some(name) if problem.slug() == kinds::INVALID_PARAMETER.slug => {
            Ok(FormFaults::one(words, name, words.fault_field))
        }
        _ => Err(problem.into()),
    }
}

/// Returns the currency that entered prices are in: that of the catalogue's first product.
fn currency(api: &Api) -> Currency {
    let first = api.catalog.first();
    first.map_or(Currency::EUR, |shown| shown.stored().product.price.currency)
}

fn categories(api: &Api, words: &Words, filters: &Filters) -> Vec<CategoryLink> {
    let link = |name: &str, category: &str| CategoryLink {
        name: name.to_owned(),
        address: Filters {
            category: category.to_owned(),
            ..filters.clone()
        }
        .address(),
        is_current: filters.category == category,
    };
    let names = api.catalog.category_names(MOST_CATEGORIES);
    let all = link(words.all_categories, "");
    let links = names.iter().map(|name| link(name, name));
    std::iter::once(all).chain(links).collect()
}

fn sorts(words: &Words, filters: &Filters) -> Vec<SortOption> {
    let first = if filters.query.is_empty() {
        ("", words.sort_id)
    } else {
        ("", words.sort_relevance)
    };
    let rest = [
        ("name", words.sort_name),
        ("price", words.sort_price),
        ("-price", words.sort_price_down),
        ("newest", words.sort_newest),
    ];
    let all = std::iter::once(first).chain(rest);
    all.map(|(value, name)| SortOption {
        value,
        name,
        is_current: filters.sort == value,
    })
    .collect()
}

impl Card {
    fn of(words: &Words, shown: &Shown) -> Self {
        let product = &shown.stored().product;
        let available = shown.available;
        let (stock, tone) = match available {
            _ if !product.on_sale => (words.not_sold.to_owned(), "bad"),
            ..=0 => (words.sold_out.to_owned(), "bad"),
            1..=FEW => (fill(words.few_left, &[&available.to_string()]), "warn"),
            _ => (words.in_stock.to_owned(), "good"),
        };
        Self {
            id: product.id.clone(),
            name: product.name.clone(),
            price: money(words, product.price),
            picture: pictures::address(product),
            picture_text: fill(words.picture_of, &[&product.name]),
            add_text: fill(words.add_named, &[&product.name]),
            stock,
            tone,
            can_order: product.on_sale && available > 0,
        }
    }
}
