//! The grammar: what is written is read as the same, and nothing panics.

use proptest::prelude::*;

use super::*;

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z$][a-zA-Z0-9_-]{0,8}".prop_filter("a keyword", |name| !name.eq_ignore_ascii_case("not"))
}

/// Of a whole attribute.
fn whole_path() -> impl Strategy<Value = AttributePath> {
    let urn = prop::option::of(Just("urn:ietf:params:scim:schemas:core:2.0:User".to_owned()));
    (urn, name()).prop_map(|(urn, name)| AttributePath { urn, name, sub: None })
}

/// Of an attribute, or of a part of one.
fn path() -> impl Strategy<Value = AttributePath> {
    (whole_path(), prop::option::of(name())).prop_map(|(path, sub)| AttributePath { sub, ..path })
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        "\\PC{0,12}".prop_map(|text| Literal::Text(Personal::new(text))),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(|number| Literal::Number(number.into())),
        Just(Literal::Null),
    ]
}

fn leaf() -> impl Strategy<Value = Filter> {
    let compared = (path(), 0..Operator::ALL.len(), literal());
    prop_oneof![
        path().prop_map(Filter::Present),
        compared.prop_map(|(path, operator, literal)| Filter::Compare(path, Operator::ALL[operator].1, literal)),
    ]
}

fn filters() -> impl Strategy<Value = Filter> {
    let values = (whole_path(), leaf()).prop_map(|(path, inner)| Filter::Values(path, Box::new(inner)));
    prop_oneof![3 => leaf(), 1 => values].prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Any),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::All),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(filter in filters()) {
        let text = written(&filter);
        prop_assume!(text.len() <= FILTER_BYTES_MAX);
        prop_assert_eq!(parse(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,80}", words in prop::collection::vec("[a-z]{1,3}|[()\\[\\]\"\\\\ .]|eq|and|not|pr", 0..30)) {
        let _ = parse(&text);
        let _ = parse(&words.concat());
        let _ = parse(&words.join(" "));
    }
}

#[test]
fn precedence_is_the_standards() {
    let shape = |text: &str| parse(text).map(|filter| written(&filter));
    assert_eq!(shape("a pr OR b pr And c pr").as_deref(), Ok("a pr or (b pr and c pr)"));
    assert_eq!(shape("(a pr or b pr) and not(c pr)").as_deref(), Ok("(a pr or b pr) and not (c pr)"));
    assert_eq!(
        shape("emails[type eq \"work\" and value co \"@\"]").as_deref(),
        Ok("emails[type eq \"work\" and value co \"@\"]")
    );
    assert_eq!(shape("active EQ True").as_deref(), Ok("active eq true"));
    assert_eq!(shape("userName eq \"a\\\"]\\\\\"").as_deref(), Ok("userName eq \"a\\\"]\\\\\""));
}

#[test]
fn what_is_no_filter_is_refused() {
    for bad in [
        "",
        "a",
        "a eq",
        "a xx 1",
        "a eq \"",
        "(a pr",
        "a pr)",
        "a pr b pr",
        "and a pr",
        "a pr and",
        "a[b[c pr]]",
        "a.b[c pr]",
        "a [b pr]",
        "not a pr",
        "a eq b",
        "a eq [1]",
        "a eq {}",
        "a eq 1e999",
    ] {
        assert_eq!(parse(bad), Err(BadFilter), "{bad}");
    }
    let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(FILTER_DEPTH_MAX as usize)).is_ok());
    assert_eq!(parse(&nested(FILTER_DEPTH_MAX as usize + 1)), Err(BadFilter));
    assert_eq!(parse(&nested(100_000)), Err(BadFilter));
    assert_eq!(parse(&format!("a eq \"{}\"", "x".repeat(FILTER_BYTES_MAX))), Err(BadFilter));
}
