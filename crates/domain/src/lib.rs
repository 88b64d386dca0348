//! The pure core, in the order of the flow: request, triage, pathway, booking, message, record.
//!
//! No clock, no randomness, no input or output, no async: time, ids and the outside world are arguments.

pub mod access;
pub mod advice;
pub mod allocation;
pub mod approval;
pub mod batch;
pub mod booking;
pub mod capacity;
pub mod contact;
pub mod details;
pub mod event;
pub mod incoming;
pub mod layer;
pub mod letter;
pub mod message;
pub mod offer;
pub mod opening;
pub mod pathway;
pub mod private_work;
pub mod procedure;
pub mod promise;
pub mod questionnaire;
pub mod record;
pub mod request;
pub mod rota;
pub mod second_reading;
pub mod service;
pub mod staff;
pub mod together;
pub mod triage;
pub mod work_item;
