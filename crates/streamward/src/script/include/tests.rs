use super::*;

const TWICE: Include = Include::new("twice", "local function twice(n) return n * 2 end\n");
const FOUR_TIMES: Include = Include::new(
    "four_times",
    "--- @include twice\nlocal function four_times(n) return twice(twice(n)) end\n",
);
const TABLE: &[Include] = &[TWICE, FOUR_TIMES];

fn error(source: &str) -> String {
    let error = resolve("shop/sell", source, TABLE).expect_err("it does not fit");
    error.to_string()
}

#[test]
fn a_script_contains_its_listed_includes_only() {
    let plain = "return { 'OK' }\n";
    assert_eq!(resolve("plain", plain, TABLE).as_deref(), Ok(plain));
    let script = "--- @include twice\n-- Sells.\nreturn { 'OK', twice(2) }\n";
    let expected = format!("{}{script}", TWICE.source);
    assert_eq!(resolve("sell", script, TABLE), Ok(expected));
}

#[test]
fn an_include_brings_its_own_includes_once_and_before_it() {
    let script = "--- @include four_times\n--- @include twice\nreturn { four_times(twice(1)) }\n";
    let expected = format!("{}{}{script}", TWICE.source, FOUR_TIMES.source);
    assert_eq!(resolve("sell", script, TABLE), Ok(expected));
}

#[test]
fn an_unknown_include_is_refused() {
    let said = error("--- @include thrice\nreturn { thrice(1) }\n");
    assert_eq!(said, "shop/sell includes thrice, which does not exist");
}

#[test]
fn an_include_without_a_call_is_refused() {
    let said = error("--- @include twice\n-- twice(1)\nreturn { 'twice(1)', x.twice(1), twice }\n");
    assert_eq!(said, "shop/sell includes twice, but does not call it");
}

#[test]
fn a_call_without_its_include_is_refused() {
    let said = error("return { twice(1) }\n");
    let expected = "shop/sell calls twice, but has no line `--- @include twice`";
    assert_eq!(said, expected);
    // What an include brings along is not listed by it.
    let indirect = "--- @include four_times\nreturn { four_times(1), twice(1) }\n";
    assert_eq!(error(indirect), expected);
    assert_eq!(error("return { twice {} }\n"), expected);
    assert!(error("return { now_ms() }\n").contains("now_ms"));
}

#[test]
fn an_include_line_below_the_first_comment_or_twice_is_refused() {
    let below = error("local n = 1\n--- @include twice\nreturn { twice(n) }\n");
    assert!(below.contains("below the first line of code"), "{below}");
    let again = error("--- @include twice\n--- @include twice\nreturn { twice(1) }\n");
    assert!(again.contains("is repeated"), "{again}");
}

#[test]
fn includes_that_include_each_other_are_refused() {
    let one = "--- @include other\nlocal function one() return other() end\n";
    let other = "--- @include one\nlocal function other() return one() end\n";
    let table = [Include::new("one", one), Include::new("other", other)];
    let circle = resolve("s", "--- @include one\nreturn { one() }\n", &table);
    let include = "one".to_owned();
    assert_eq!(circle, Err(IncludeError::Circular { include }));
}

#[test]
fn an_include_that_defines_another_function_is_refused() {
    let table = [Include::new("one", "local function two() end\n")];
    let undefined = resolve("s", "--- @include one\nreturn { one() }\n", &table);
    let include = "one".to_owned();
    assert_eq!(undefined, Err(IncludeError::Undefined { include }));
}

#[test]
fn calls_are_found_outside_of_comments_and_strings() {
    let source = "a(b.c(1), d:e(2)) --[[ f() ]] -- g()\nlocal h = i 'j()' .. \"k\\\"()\" .. [==[l()]==]\nm { n = o[p(1)] }";
    let expected = BTreeSet::from(["a", "i", "m", "p"]);
    assert_eq!(called(source), expected);
}

#[test]
fn every_built_in_include_fits() {
    for include in BUILT_IN {
        let name = include.name;
        let script = format!("--- @include {name}\nreturn {{ {name}() }}\n");
        let resolved = resolve("any", &script, &[]);
        assert!(resolved.is_ok(), "{name}: {resolved:?}");
    }
}
