//! Prints what the server whose data folder is given has stored, as one JSON object: table name → rows. For the
//! demonstration, which shows that talking changes nothing there; it is no part of the product.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

fn main() -> Result<()> {
    let data = std::env::args_os().nth(1).map(PathBuf::from).context("usage: server-rows DATA_DIR")?;
    println!("{}", serde_json::to_string(&tests::rows::stored(&data)?)?);
    Ok(())
}
