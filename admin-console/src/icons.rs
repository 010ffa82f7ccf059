//! Our own small icons: strokes on a 20 by 20 grid in the color of the text around them. Decoration only; words stand beside.

/// Name, and the path's data.
const ICONS: [(&str, &str); 22] = [
    ("overview", "M3 3h6v6H3zM11 3h6v4h-6zM11 10h6v7h-6zM3 12h6v5H3z"),
    (
        "people",
        "M7 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM1.8 17c.4-3 2.4-4.7 5.2-4.7s4.8 1.7 5.2 4.7M13.2 3.9a3 3 0 0 1 0 5.2M15.2 12.7c1.7.7 2.7 2.2 3 4.3",
    ),
    (
        "directory",
        "M4 3h10.5a1.5 1.5 0 0 1 1.5 1.5V17H5.5A1.5 1.5 0 0 1 4 15.5zM4 15.5A1.5 1.5 0 0 1 5.5 14H16M7.5 6.5h5M7.5 9.5h5",
    ),
    ("policy", "M10 2.5l6.5 2.3v4.7c0 3.9-2.6 6.7-6.5 8-3.9-1.3-6.5-4.1-6.5-8V4.8zM7 9.8l2.2 2.2 4-4.2"),
    ("audit", "M5 2.5h7.5L16 6v11.5H5zM12.5 2.5V6H16M7.8 9.5h5.4M7.8 12h5.4M7.8 14.5h3"),
    ("approvals", "M2.5 10.5l3 3 6-7M8.8 12.6l.9.9 6.6-7.6"),
    ("administrators", "M12.2 11.3a4.3 4.3 0 1 0-3.5-3.5L3 13.5V17h3.5v-2H8.5v-2h2zM13.5 6.5h.01"),
    ("menu", "M3 5.5h14M3 10h14M3 14.5h14"),
    ("close", "M5 5l10 10M15 5L5 15"),
    (
        "language",
        "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM2.5 10h15M10 2.5c2 2 3 4.5 3 7.5s-1 5.5-3 7.5c-2-2-3-4.5-3-7.5s1-5.5 3-7.5z",
    ),
    ("leave", "M12 3H4.5v14H12M8.5 10h9M14.5 7l3 3-3 3"),
    ("search", "M8.8 14.5a5.7 5.7 0 1 0 0-11.4 5.7 5.7 0 0 0 0 11.4zM13 13l4.2 4.2"),
    ("device", "M6 2.5h8v15H6zM9 14.8h2"),
    ("code", "M3 3h5v5H3zM12 3h5v5h-5zM3 12h5v5H3zM12 12h2v2h-2zM15.5 15.5h1.5v1.5h-1.5z"),
    ("warning", "M10 3l7.8 13.8H2.2zM10 8v4.2M10 14.5h.01"),
    ("danger", "M6.7 2.5h6.6l4.2 4.2v6.6l-4.2 4.2H6.7l-4.2-4.2V6.7zM10 6.2v4.6M10 13.6h.01"),
    ("done", "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM6.5 10.2l2.4 2.4 4.6-5"),
    ("information", "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 9.2v4.6M10 6.3h.01"),
    ("download", "M10 3v9.5M6 9l4 4 4-4M3.5 16.8h13"),
    ("next", "M7.5 4.5L13 10l-5.5 5.5"),
    ("previous", "M12.5 4.5L7 10l5.5 5.5"),
    ("add", "M10 4v12M4 10h12"),
];

/// The icon of this name as inline SVG; nothing when there is none.
pub fn svg(name: &str) -> String {
    ICONS.iter().find(|(known, _)| *known == name).map_or_else(String::new, |(_, path)| {
        format!(
            "<svg class=\"icon\" viewBox=\"0 0 20 20\" aria-hidden=\"true\" focusable=\"false\" fill=\"none\" \
             stroke=\"currentColor\" stroke-width=\"1.5\" stroke-linecap=\"round\" stroke-linejoin=\"round\"><path d=\"{path}\"/></svg>"
        )
    })
}
