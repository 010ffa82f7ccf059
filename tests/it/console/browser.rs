//! Chromium, driven through its own driver: real keys, real pages, axe-core on each, photographs. A profile of its own in a
//! temporary folder; it talks to loopback only and ends with its driver.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use data_encoding::BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Process, binary, step};
use thirtyfour::ChromeCapabilities;
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::prelude::*;

/// Tab stops on one page; more of them is a trap.
const TAB_STOPS_MAX: usize = 90;
/// A page that is longer is photographed down to here.
const PHOTOGRAPH_HEIGHT_MAX: u64 = 2_600;
const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");

/// Whether pages may run scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    Run,
    Off,
}

#[derive(Clone, Copy)]
pub enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A window. Dropped after its driver, its folder last.
pub struct Browser {
    pub driver: WebDriver,
    tools: ChromeDevTools,
    base: String,
    language: &'static str,
    _process: Process,
    folder: TempDir,
}

impl Browser {
    /// Opens a window for the server at `base`, of somebody who speaks `language`.
    pub async fn open(base: &str, language: &'static str, scripts: Scripts) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("isoloir-browser-").tempdir()?;
        let mut command = Command::new(binary::installed("chromedriver", &[])?);
        command.arg("--port=0").env("TMPDIR", folder.path()).env("HOME", folder.path());
        let mut process = Process::spawn("chromedriver", command)?;
        let port: u16 = process.next_line(step(), |line| {
            line.strip_prefix("ChromeDriver was started successfully on port ")?.trim_end_matches('.').parse().ok()
        })?;
        let driver =
            WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities(&folder, language, scripts)?).await?;
        driver.set_script_timeout(step()).await?;
        let tools = ChromeDevTools::new(driver.handle.clone());
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self { driver, tools, base, language, _process: process, folder })
    }

    /// Ends the window; without this Chromium would outlive its driver.
    pub async fn close(self) -> Result<()> {
        Ok(self.driver.clone().quit().await?)
    }

    pub async fn go(&self, path: &str) -> Result<()> {
        Ok(self.driver.goto(format!("{}{path}", self.base)).await?)
    }

    /// The path that is shown.
    pub async fn path(&self) -> Result<String> {
        let url = self.driver.current_url().await?;
        Ok(url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())))
    }

    /// The words of the first element that fits.
    pub async fn words(&self, css: &str) -> Result<String> {
        let element = self.driver.find(By::Css(css)).await;
        let element = element.with_context(|| format!("{css} is not on the page"))?;
        Ok(element.text().await?)
    }

    pub async fn has(&self, css: &str) -> Result<bool> {
        Ok(!self.driver.find_all(By::Css(css)).await?.is_empty())
    }

    pub async fn click(&self, css: &str) -> Result<()> {
        let element = self.driver.find(By::Css(css)).await;
        Ok(element.with_context(|| format!("{css} is not on {}", self.base))?.click().await?)
    }

    /// Clicks what leads to another page, and waits until this one is gone and that one is there.
    pub async fn follow(&self, css: &str) -> Result<()> {
        let page = self.driver.find(By::Tag("html")).await?;
        self.click(css).await?;
        let until = Instant::now() + step();
        while page.tag_name().await.is_ok() || !self.is_complete().await {
            ensure!(Instant::now() < until, "{css} leads nowhere on {}", self.path().await?);
        }
        Ok(())
    }

    /// Clicks what leads to a page of somebody else, and waits until this one is gone.
    pub async fn leave(&self, css: &str) -> Result<()> {
        let page = self.driver.find(By::Tag("html")).await?;
        self.click(css).await?;
        let until = Instant::now() + step();
        while page.tag_name().await.is_ok() {
            ensure!(Instant::now() < until, "{css} leads nowhere on {}", self.path().await?);
        }
        self.until("the whole page", "document.readyState === 'complete'").await
    }

    /// Where the link leads in the row of a table that has these words.
    pub async fn link_of_row(&self, words: &str) -> Result<String> {
        let link = self.driver.find(By::XPath(format!("//tr[contains(., '{words}')]//a"))).await;
        let link = link.with_context(|| format!("no row of {words}"))?;
        link.attr("href").await?.with_context(|| format!("the row of {words} leads nowhere"))
    }

    /// Whether one of our pages is there as a whole.
    async fn is_complete(&self) -> bool {
        let state = self.driver.execute("return document.readyState;", Vec::new()).await;
        state.is_ok_and(|state| state.json() == "complete") && self.driver.find(By::Tag("main")).await.is_ok()
    }

    pub async fn fill(&self, name: &str, text: &str) -> Result<()> {
        let field = self.driver.find(By::Name(name)).await.with_context(|| format!("no field {name}"))?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// The language of whoever sits there.
    pub fn language(&self) -> &'static str {
        self.language
    }

    /// Chooses a file with this text.
    pub async fn choose_file(&self, name: &str, text: &str) -> Result<()> {
        let file = self.folder.path().join("people.csv");
        fs::write(&file, text)?;
        let field = self.driver.find(By::Name(name)).await.with_context(|| format!("no field {name}"))?;
        Ok(field.send_keys(file.to_string_lossy()).await?)
    }

    /// Waits, in the page, until a condition holds there.
    pub async fn until(&self, what: &str, condition: &str) -> Result<()> {
        let until = Instant::now() + step();
        let script = format!(
            "const done = arguments[0], look = () => ({condition}) ? done(true) : requestAnimationFrame(look); look();"
        );
        // A page that is left takes the script with it: then the next one is asked.
        while self.driver.execute_async(script.as_str(), Vec::new()).await.is_err() {
            ensure!(Instant::now() < until, "waited in vain for {what} on {}", self.path().await?);
        }
        Ok(())
    }

    /// Presses Tab until the focus is on an element that fits, which has to show that it has the focus.
    pub async fn tab_to(&self, css: &str) -> Result<()> {
        for _ in 0..TAB_STOPS_MAX {
            self.driver.action_chain().send_keys(Key::Tab).perform().await?;
            let script = "const e = document.activeElement, s = getComputedStyle(e); \
                          return [e.matches(arguments[0]), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2];";
            let found = self.driver.execute(script, vec![json!(css)]).await?;
            if found.json()[0] == true {
                ensure!(found.json()[1] == true, "{css} does not show that it has the focus");
                return Ok(());
            }
        }
        bail!("{css} is not reached with the Tab key on {}", self.path().await?)
    }

    /// Types where the focus is.
    pub async fn type_keys(&self, text: &str) -> Result<()> {
        Ok(self.driver.action_chain().send_keys(text).perform().await?)
    }

    pub async fn press_enter(&self) -> Result<()> {
        Ok(self.driver.action_chain().send_keys(Key::Enter).perform().await?)
    }

    /// Fails with every violation that axe-core finds on this page, in this scheme and at this width.
    pub async fn examine(&self, scheme: Scheme, width: u64) -> Result<()> {
        self.dress(scheme, width, 900).await?;
        if self.driver.execute("return typeof axe;", Vec::new()).await?.json() == "undefined" {
            self.driver.execute(AXE, Vec::new()).await?;
        }
        let script = "const done = arguments[0]; \
             axe.run(document, {resultTypes: ['violations']}).then(result => done(result.violations.map( \
             v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html.slice(0, 200) + ' ' + (n.failureSummary || '')).join(' | '))), \
             error => done([String(error)]));";
        let found = self.driver.execute_async(script, Vec::new()).await?;
        let violations: Vec<String> = found.convert()?;
        let (path, scheme) = (self.path().await?, scheme.name());
        ensure!(violations.is_empty(), "{path} ({}, {scheme}, {width} px): {}", self.language, violations.join("\n"));
        Ok(())
    }

    /// Photographs the whole page. Nothing may stand out of it to the right.
    pub async fn photograph(&self, name: &str, scheme: Scheme, width: u64) -> Result<()> {
        self.dress(scheme, width, 900).await?;
        let script = "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight];";
        let size: (u64, u64) = self.driver.execute(script, Vec::new()).await?.convert()?;
        ensure!(size.0 <= width, "{name} ({}) is {} px wide on {width} px", self.language, size.0);
        self.dress(scheme, width, size.1.clamp(900, PHOTOGRAPH_HEIGHT_MAX)).await?;
        let shot = self.cdp("Page.captureScreenshot", json!({ "format": "png", "optimizeForSpeed": true })).await?;
        let png = BASE64.decode(shot["data"].as_str().context("no picture")?.as_bytes())?;
        let file = format!("{name}-{}-{}-{width}.png", self.language, scheme.name());
        Ok(fs::write(gallery()?.join(file), png)?)
    }

    /// Photographs what would be printed on A4. Each card must be there with its code, and nothing of the screen.
    pub async fn photograph_paper(&self, name: &str) -> Result<()> {
        self.dress(Scheme::Light, 794, 1_123).await?;
        self.cdp("Emulation.setEmulatedMedia", json!({ "media": "print" })).await?;
        let script = "const seen = css => [...document.querySelectorAll(css)].filter(e => e.checkVisibility()).length; \
                      return [seen('.enrollment-card'), seen('.enrollment-card .link'), seen('.enrollment-card .qr'), seen('.on-screen')];";
        let seen: (u64, u64, u64, u64) = self.driver.execute(script, Vec::new()).await?.convert()?;
        ensure!(seen.0 > 0 && seen.1 == seen.0 && seen.2 == seen.0 && seen.3 == 0, "on paper: {seen:?}");
        let shot = self.cdp("Page.captureScreenshot", json!({ "format": "png" })).await?;
        let png = BASE64.decode(shot["data"].as_str().context("no picture")?.as_bytes())?;
        fs::write(gallery()?.join(format!("{name}-{}.png", self.language)), png)?;
        self.cdp("Emulation.setEmulatedMedia", json!({ "media": "" })).await.map(drop)
    }

    async fn dress(&self, scheme: Scheme, width: u64, height: u64) -> Result<()> {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme.name() }] });
        self.cdp("Emulation.setEmulatedMedia", media).await?;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await.map(drop)
    }

    async fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        Ok(self.tools.execute_cdp_with_params(command, parameters).await?)
    }
}

fn capabilities(folder: &TempDir, language: &str, scripts: Scripts) -> Result<ChromeCapabilities> {
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_binary(&binary::installed("chromium", &[])?.display().to_string())?;
    capabilities.accept_insecure_certs(true)?;
    let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
    let language_argument = format!("--lang={language}");
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--hide-scrollbars",
        "--window-size=1440,900",
        &profile,
        &language_argument,
    ] {
        capabilities.add_arg(argument)?;
    }
    let mut preferences = json!({ "intl.accept_languages": language });
    if scripts == Scripts::Off {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    capabilities.add_experimental_option("prefs", preferences)?;
    Ok(capabilities)
}

/// Where photographs are put, to be looked at.
fn gallery() -> Result<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().context("a target folder")?;
    let gallery = target.join("console");
    fs::create_dir_all(&gallery)?;
    Ok(gallery)
}
