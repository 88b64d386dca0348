//! What must hold when things break: kills, races, lost answers, full disks, databases that go away, outside systems that lie.

#[path = "../../../bench/src/client.rs"]
mod client;
mod faults;
mod honest_answers;
mod kill_nine;
mod mailbox;
mod messages;
mod practice;
mod rush;
#[path = "../../../bench/src/rush_clients.rs"]
mod rush_clients;
mod safe_contact;
mod slot_race;
