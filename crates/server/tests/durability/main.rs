//! What must hold when things break: kills, races, lost answers, full disks, databases that go away, outside systems that lie.

#[path = "../../../bench/src/client.rs"]
mod client;
mod honest_answers;
mod kill_nine;
mod messages;
mod practice;
mod slot_race;
