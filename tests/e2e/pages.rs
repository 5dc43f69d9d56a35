//! The pages in a real browser, Chromium without a window. `make pages` installs it.

mod accessibility;
mod buying;
mod chrome;
mod driver;
mod keyboard;
mod trouble;
