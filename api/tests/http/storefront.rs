//! The pages for customers, as a browser without scripts uses them.

mod accounts;
mod buying;
mod carts;
mod coupons;
mod files;
mod forms;
mod listing;
mod mistakes;
mod orders;
