use jiff::{
    SignedDuration,
    civil::{date, time},
};

use super::*;
use crate::{
    booking::{Mode, SlotCategory, SlotKind},
    pathway::Pathway,
    rota::Block,
};

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn now() -> Timestamp {
    "2026-01-05T08:00:00Z".parse().unwrap()
}

fn template(clinician: u128, weekdays: &[i8]) -> Template {
    let kind = SlotKind::new(Pathway::Gp, SlotCategory::ConsultationRoutine, Mode::FaceToFace);
    Template {
        name: "Mornings".into(),
        clinician: StaffId(id(clinician)),
        clinician_name: format!("Dr {clinician}"),
        room: Some(RoomId(id(100 + clinician))),
        site: "Main surgery".into(),
        weekdays: weekdays.to_vec(),
        every_weeks: 1,
        first_week: date(2026, 1, 5),
        starts: time(9, 0, 0, 0),
        blocks: vec![Block { minutes: 15, count: 4, takes: Some(kind), release_hours: None, release_on: None }],
        on_bank_holidays: false,
    }
}

/// Two clinicians, two weeks; slots are numbered from 1 in order of time.
fn diary() -> Diary {
    let mut entries = Vec::new();
    for (clinician, weekdays) in [(1, [1, 2]), (2, [2, 3])] {
        let t = template(clinician, &weekdays);
        for day in days(date(2026, 1, 5), date(2026, 1, 18)) {
            for new in t.slots_on(day) {
                let slot = made_slot(SlotId(Uuid::nil()), &t, &new);
                let session = SessionId(id(clinician * 1000 + day.day() as u128));
                entries.push(Entry {
                    slot,
                    session,
                    room: t.room,
                    template: Some(TemplateId(id(clinician))),
                    held: false,
                    taken: None,
                    label: None,
                });
            }
        }
    }
    entries.sort_by_key(|e| (e.slot.starts, e.slot.clinician));
    for (n, e) in entries.iter_mut().enumerate() {
        e.slot.id = SlotId(id(n as u128 + 1));
    }
    Diary { entries, away: Vec::new() }
}

fn book(diary: &mut Diary, slot: usize, who: u128, urgency: Urgency, days_ago: i64) {
    let need = Need { pathway: Some(Pathway::Gp), urgency: Some(urgency), ..Need::default() };
    diary.entries[slot].taken = Some(Taken {
        item: WorkItemId(id(who)),
        booking: BookingId(id(who + 500)),
        patient: None,
        need,
        received_at: now() - SignedDuration::from_hours(24 * days_ago),
        with: Vec::new(),
        together: None,
    });
}

fn until() -> Date {
    date(2026, 1, 18)
}

fn absence(clinician: u128, from: &str, to: &str) -> RotaChange {
    RotaChange::Absence { clinician: StaffId(id(clinician)), from: from.parse().unwrap(), to: to.parse().unwrap() }
}

#[test]
fn the_most_urgent_and_longest_waiting_choose_first_and_no_two_get_the_same_slot() {
    let mut d = diary();
    // Monday's clinic of the first doctor, first week: slots 0 to 3.
    book(&mut d, 0, 1, Urgency::Routine, 1);
    book(&mut d, 1, 2, Urgency::Routine, 9);
    book(&mut d, 2, 3, Urgency::Soon, 0);
    let p = plan(&d, &absence(1, "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"), until(), now(), &Calendar::default());
    assert_eq!(p.withdrawn.len(), 4);
    let order: Vec<u128> = p.affected.iter().map(|a| a.who.item.0.as_u128()).collect();
    assert_eq!(order, [3, 2, 1], "soon first, then who has waited longest");
    let proposed: BTreeSet<_> = p.affected.iter().filter_map(|a| a.proposed).collect();
    assert_eq!(proposed.len(), 3, "no two people are offered the same slot");
    for a in &p.affected {
        let Some(Target::There(slot)) = a.proposed else { panic!("everybody has one") };
        let e = d.entry(slot).unwrap();
        assert_eq!(e.slot.clinician, StaffId(id(1)), "their own doctor, the day after");
        assert_eq!(uk_date(e.slot.starts), date(2026, 1, 6));
    }
}

#[test]
fn what_belongs_together_stays_together_or_is_booked_anew_by_somebody() {
    let mut d = diary();
    book(&mut d, 0, 1, Urgency::Routine, 1);
    let monday = absence(1, "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z");
    let of = |d: &Diary| plan(d, &monday, until(), now(), &Calendar::default()).affected[0].clone();
    let starts = |d: &Diary, a: &Affected| match a.proposed {
        Some(Target::There(slot)) => d.entry(slot).map(|e| e.slot.starts.to_string()),
        _ => None,
    };
    let set = |d: &mut Diary, from: &str, to: &str| {
        d.entries[0].taken.as_mut().unwrap().with = vec![(from.parse().unwrap(), to.parse().unwrap())];
    };
    // A review on the following Monday: the bloods of this Monday may move, but must stay days before it.
    set(&mut d, "2026-01-12T09:15:00Z", "2026-01-12T09:30:00Z");
    assert_eq!(starts(&d, &of(&d)).as_deref(), Some("2026-01-06T09:00:00Z"));
    // A review on Friday leaves no day for the result.
    set(&mut d, "2026-01-08T09:15:00Z", "2026-01-08T09:30:00Z");
    assert_eq!(of(&d).instead, []);
    // The baby is seen at the same hour by somebody who is there: only what is beside that helps.
    set(&mut d, "2026-01-05T09:15:00Z", "2026-01-05T09:30:00Z");
    assert_eq!(of(&d).instead, []);
    // Both are lost: nobody is moved away from the other.
    set(&mut d, "2026-01-05T09:15:00Z", "2026-01-05T09:30:00Z");
    book(&mut d, 1, 2, Urgency::Routine, 1);
    for n in [0, 1] {
        d.entries[n].taken.as_mut().unwrap().together = Some(WorkItemId(id(1)));
    }
    assert_eq!(of(&d).proposed, None);
}

#[test]
fn a_change_touches_only_what_it_says() {
    let d = diary();
    let count = |change: &RotaChange| plan(&d, change, until(), now(), &Calendar::default()).withdrawn.len();
    assert_eq!(count(&absence(1, "2026-01-05T09:20:00Z", "2026-01-05T09:40:00Z")), 2, "slots that overlap the absence");
    let (from, to) = ("2026-01-05T00:00:00Z".parse().unwrap(), "2026-01-10T00:00:00Z".parse().unwrap());
    assert_eq!(count(&RotaChange::RoomClosed { room: RoomId(id(102)), from, to }), 8);
    let session = SessionId(id(1005));
    assert_eq!(count(&RotaChange::SessionCancelled { session }), 4);
    let (from, to) = ("2026-01-05T09:15:00Z".parse().unwrap(), "2026-01-05T09:45:00Z".parse().unwrap());
    assert_eq!(count(&RotaChange::SessionShortened { session, from, to }), 2);
    let begun = plan(&d, &RotaChange::SessionCancelled { session }, until(), "2026-01-05T09:20:00Z".parse().unwrap(), &Calendar::default());
    assert_eq!(begun.withdrawn.len(), 2, "what has begun is left alone");
}

#[test]
fn an_edited_template_keeps_the_slots_that_stay_the_same() {
    let mut d = diary();
    book(&mut d, 0, 1, Urgency::Routine, 1);
    let four =
        d.entries.iter().position(|e| e.slot.clinician == StaffId(id(1)) && e.slot.starts.to_string() == "2026-01-12T09:45:00Z").unwrap();
    book(&mut d, four, 2, Urgency::Routine, 1);
    let mut t = template(1, &[1, 2]);
    t.blocks[0].count = 3;
    t.blocks.push(Block { minutes: 20, ..t.blocks[0].clone() });
    t.blocks[1].count = 1;
    let change = RotaChange::TemplateChanged { template: TemplateId(id(1)), from: date(2026, 1, 12), to: Some(Box::new(t)) };
    let p = plan(&d, &change, until(), now(), &Calendar::default());
    assert_eq!((p.withdrawn.len(), p.made.len()), (2, 2), "one slot a day is longer now, two days of the second week");
    assert_eq!(p.affected.len(), 1);
    assert_eq!(p.affected[0].proposed, Some(Target::Made(0)), "the same time, twenty minutes long");
    let end = RotaChange::TemplateChanged { template: TemplateId(id(1)), from: date(2026, 1, 12), to: None };
    assert_eq!(plan(&d, &end, until(), now(), &Calendar::default()).withdrawn.len(), 8);
}

#[test]
fn after_a_plan_everybody_is_where_it_said() {
    let mut d = diary();
    book(&mut d, 0, 1, Urgency::Routine, 1);
    book(&mut d, 2, 3, Urgency::Soon, 0);
    let p = plan(&d, &absence(1, "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"), until(), now(), &Calendar::default());
    let ids = |n: usize| (SlotId(id(9000 + n as u128)), SessionId(id(9500)));
    let moved = after(&d, &p, Treatment::Move, ids);
    assert_eq!(moved.entries.len(), d.entries.len() - 4);
    assert_eq!(moved.entries.iter().filter(|e| e.taken.is_some()).count(), 2);
    let asked = after(&d, &p, Treatment::Ask, ids);
    assert_eq!(asked.entries.iter().filter(|e| e.taken.is_some()).count(), 0);
}

#[test]
fn what_an_edited_template_makes_within_an_absence_is_not_offered() {
    let mut d = diary();
    d.entries.retain(|e| e.template == Some(TemplateId(id(1))));
    book(&mut d, 0, 1, Urgency::Routine, 1);
    let mut edited = template(1, &[1, 2]);
    edited.starts = time(14, 0, 0, 0);
    let (from, to) = ("2026-01-05T00:00:00Z".parse().unwrap(), "2026-01-07T00:00:00Z".parse().unwrap());
    d.away = vec![Away { clinician: Some(StaffId(id(1))), room: None, from, to }];
    let change = RotaChange::TemplateChanged { template: TemplateId(id(1)), from: date(2026, 1, 5), to: Some(Box::new(edited)) };
    let p = plan(&d, &change, until(), now(), &Calendar::default());
    assert_eq!((p.made.len(), p.withheld.len()), (16, 8), "the first week's two days are within the absence");
    assert!(p.withheld.iter().all(|n| p.made[*n].starts < to));
    let Some(Target::Made(n)) = p.affected[0].proposed else { panic!("their own doctor, the week after") };
    assert!(!p.withheld.contains(&n));
    let then = after(&d, &p, Treatment::Move, |n| (SlotId(id(900 + n as u128)), SessionId(id(1))));
    assert_eq!(then.entries.len(), d.entries.len() - 8, "eight are kept back");
}
