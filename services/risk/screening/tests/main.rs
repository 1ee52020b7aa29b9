//! Lists, names, scores, searches and the evaluation, on small data made here.
#![cfg(test)]

mod evaluation;
mod formats;
mod names;
mod properties;
mod searching;
