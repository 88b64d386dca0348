//! The stories: one a duty, named for it, told through pages, on both engines.

mod asking;
mod booking;
mod deciding;
mod files;
mod importing;
mod keeping;
mod law;
mod letters;
mod offers;
mod planning;
mod procedures;
mod questionnaires;
mod reaching;
mod services;
mod together;
mod ways_in;
