//! Which page comes next, and where a list ends.

use super::*;
use proptest::prelude::*;

const MAIN: &str = "api.security.microsoft.com";
const REGION: &str = "eu.api.security.microsoft.com";

fn hosts() -> Vec<&'static str> {
    vec![MAIN, REGION]
}

fn read(link: Option<String>, rows: u64, digest: u64, last: u64) -> PageRead {
    PageRead { link, rows, digest, last, count: None }
}

fn pager(paging: Paging) -> Pager {
    pager_at(MAIN, paging)
}

fn pager_at(host: &str, paging: Paging) -> Pager {
    Pager::new(Origin::https(host), hosts(), "/api/machines".into(), paging, Next::Start).unwrap()
}

#[test]
fn offsets_overlap_by_a_row_and_end_on_an_empty_page() {
    let mut pager = pager(Paging::Offset { top: 10 });
    assert_eq!(pager.url().unwrap(), "https://api.security.microsoft.com/api/machines?$top=10");
    pager.advance(read(None, 10, 1, 71)).unwrap();
    pager.advance(read(None, 4, 2, 72)).unwrap();
    assert_eq!(pager.url().unwrap(), "https://api.security.microsoft.com/api/machines?$top=10&$skip=13");
    assert_eq!(pager.seam(), Some(Seam { first: 72, more: 0, last: 72 }));
    pager.advance(read(None, 0, 3, 0)).unwrap();
    assert_eq!(pager.url().unwrap(), "https://api.security.microsoft.com/api/machines?$top=10&$skip=14");
    assert_eq!(pager.seam(), None, "the page may have had no room for more");
    pager.advance(read(None, 0, 3, 0)).unwrap();
    assert_eq!(pager.url(), None);
}

/// Reads a list of so many rows from a service that gives at most so many rows a page, the last number for ever after.
/// Says what was found and how often was asked.
fn read_list(length: u64, most: &[usize], is_broken_off: bool) -> (Vec<u64>, usize) {
    read_while_rows_go(length, most, is_broken_off, &[]).unwrap_or_else(|| panic!("{length} rows, {most:?} a page"))
}

/// The same of a list of which a row goes before some requests, by its number; `None` if it is noticed that it moved.
fn read_while_rows_go(
    length: u64,
    most: &[usize],
    is_broken_off: bool,
    gone: &[(usize, usize)],
) -> Option<(Vec<u64>, usize)> {
    let mut pager = pager(Paging::Offset { top: 10 });
    let (mut found, mut asked, mut list) = (Vec::<u64>::new(), 0, (0..length).collect::<Vec<_>>());
    while let Some(url) = pager.url() {
        let skip = url.split_once("$skip=").map_or(0, |(_, skip)| skip.parse().unwrap());
        for (_, row) in gone.iter().filter(|(request, _)| *request == asked) {
            if *row < list.len() {
                list.remove(*row);
            }
        }
        let page: Vec<u64> = list.iter().copied().skip(skip).take(most[asked.min(most.len() - 1)]).collect();
        asked += 1;
        let seam = pager.seam();
        let old = seam.map_or(0, |seam| 1 + seam.more as usize).min(page.len());
        if let Some(Seam { first, more, last }) = seam
            && (page.first() != Some(&first) || page.get(more as usize).is_some_and(|row| *row != last))
        {
            return None;
        }
        let new = &page[old..];
        found.extend(new);
        let last = page.last().copied().unwrap_or_default();
        pager.advance(read(None, new.len() as u64, 7 * last + 1, last)).unwrap();
        if is_broken_off {
            let (origin, path, paging) = (Origin::https(MAIN), "/api/machines".into(), pager.paging);
            pager = Pager::new(origin, hosts(), path, paging, pager.next()).unwrap();
        }
    }
    Some((found, asked))
}

#[test]
fn a_list_is_read_to_its_end_whatever_fits_on_a_page() {
    let lists = [(0, 5), (1, 5), (1, 1), (2, 1), (9, 1), (9, 2), (9, 3), (9, 8), (9, 9), (9, 50)];
    for ((length, most), is_broken_off) in lists.into_iter().flat_map(|list| [(list, false), (list, true)]) {
        let (found, asked) = read_list(length, &[most], is_broken_off);
        assert_eq!(found, (0..length).collect::<Vec<_>>(), "{length} rows, {most} a page");
        assert!(most == 1 || asked <= length as usize / most + 9, "{length} rows, {most} a page: {asked}");
    }
}

proptest! {
    #[test]
    fn a_list_is_read_to_its_end_however_pages_shrink_and_grow(
        length in 0_u64..30,
        most in prop::collection::vec(1_usize..5, 1..40),
        is_broken_off: bool,
    ) {
        let (found, _) = read_list(length, &most, is_broken_off);
        prop_assert_eq!(found, (0..length).collect::<Vec<_>>());
    }
}

proptest! {
    /// Of a list of few rows a page from which a row goes: it is noticed, or nothing is missing of what stayed.
    #[test]
    fn no_row_is_passed_over_because_another_one_went(
        length in 1_u64..12,
        later in prop_oneof![Just(vec![1]), prop::collection::vec(1_usize..4, 20..30)],
        request in 1_usize..30,
        row in 0_usize..12,
        is_broken_off: bool,
    ) {
        let most = [vec![1], later].concat();
        if let Some((found, _)) = read_while_rows_go(length, &most, is_broken_off, &[(request, row)]) {
            let stayed = (0..length).filter(|it| *it != row as u64);
            prop_assert!(stayed.clone().all(|it| found.contains(&it)), "{:?}", found);
        }
    }
}

#[test]
fn the_end_of_links_is_the_end_where_nothing_new_follows() {
    let mut pager = pager(Paging::Offset { top: 10 });
    pager.advance(read(Some(format!("https://{MAIN}/api/machines?t=1")), 1, 1, 71)).unwrap();
    pager.advance(read(None, 1, 2, 72)).unwrap();
    assert_eq!(pager.next(), Next::Skip(2, Behind::Seam(Seam::of(72))));
    pager.advance(read(None, 0, 3, 0)).unwrap();
    assert_eq!(pager.next(), Next::End);
}

#[test]
fn a_count_far_above_the_rows_is_no_end() {
    let ends = |paging, pages: &[u64], count| {
        let mut pager = pager(paging);
        let mut left = pages.len();
        pages.iter().try_for_each(|rows| {
            left -= 1;
            let link = (left > 0).then(|| format!("https://{MAIN}/api/x?t={left}"));
            pager.advance(PageRead { link, rows: *rows, count: Some(count), ..PageRead::default() })
        })
    };
    for (paging, pages, count, is_whole) in [
        (Paging::Single, &[1][..], 250, false),
        (Paging::Single, &[1], 1, true),
        (Paging::Single, &[3], 2, true),
        (Paging::Single, &[0], 1, false),
        (Paging::NextLink { page_size: 5 }, &[50, 49], 100, true),
        (Paging::NextLink { page_size: 5 }, &[50, 44], 100, false),
        (Paging::NextLink { page_size: 5 }, &[50], 100, false),
    ] {
        let end = ends(paging, pages, count);
        assert_eq!(end.is_ok(), is_whole, "{pages:?} of {count}: {end:?}");
    }
}

#[test]
fn every_page_is_asked_for_alike() {
    let mut pager = pager(Paging::Offset { top: 10 }).with("&$filter=a%20ge%201".into());
    assert!(pager.url().unwrap().ends_with("/api/machines?$top=10&$filter=a%20ge%201"));
    pager.advance(read(None, 10, 1, 71)).unwrap();
    assert!(pager.url().unwrap().ends_with("/api/machines?$top=10&$skip=9&$filter=a%20ge%201"));
}

#[test]
fn a_link_wins_and_is_followed() {
    let mut pager = pager(Paging::Offset { top: 10 });
    let link = "https://eu.api.security.microsoft.com/api/machines?$skiptoken=a";
    pager.advance(read(Some(link.into()), 10, 1, 71)).unwrap();
    assert_eq!((pager.url().as_deref(), pager.seam()), (Some(link), None));
    pager.advance(read(None, 3, 2, 72)).unwrap();
    assert_eq!(pager.next(), Next::Skip(13, Behind::Seam(Seam::of(72))), "an offset may follow a link that ended");
}

#[test]
fn circles_are_noticed() {
    let mut by_link = pager(Paging::NextLink { page_size: 5 });
    let link = |n: u8| Some(format!("https://api.security.microsoft.com/api/x?t={n}"));
    by_link.advance(read(link(1), 5, 1, 0)).unwrap();
    by_link.advance(read(link(2), 5, 2, 0)).unwrap();
    assert_eq!(by_link.advance(read(link(1), 5, 3, 0)).unwrap_err().cause, Cause::Protocol);
    let mut by_itself = pager(Paging::NextLink { page_size: 5 });
    let first = by_itself.url();
    assert_eq!(by_itself.advance(read(first, 5, 1, 0)).unwrap_err().cause, Cause::Protocol, "to the page it stands on");
    let origin = Origin::https("api.security.microsoft.com");
    let paging = Paging::NextLink { page_size: 5 };
    let mut resumed = Pager::new(origin, hosts(), "/api/x".into(), paging, Next::Link(link(1).unwrap(), 5)).unwrap();
    assert_eq!(resumed.advance(read(link(1), 5, 1, 0)).unwrap_err().cause, Cause::Protocol, "after a restart");
    let mut by_offset = pager(Paging::Offset { top: 5 });
    by_offset.advance(read(None, 5, 77, 0)).unwrap();
    assert!(by_offset.advance(read(None, 5, 77, 0)).unwrap_err().message.contains("circle"));
}

#[test]
fn the_hosts_of_the_service_are_one_service_in_both_directions() {
    for (from, to) in [(MAIN, MAIN), (MAIN, REGION), (REGION, MAIN), (REGION, REGION)] {
        let mut pager = pager_at(from, Paging::NextLink { page_size: 5 });
        pager.advance(read(Some(format!("https://{to}/api/machines?t=1")), 5, 1, 0)).unwrap();
        assert_eq!(pager.url(), Some(format!("https://{to}/api/machines?t=1")), "from {from}");
    }
}

#[test]
fn other_spellings_of_a_link_are_that_link() {
    let expected = "https://api.security.microsoft.com/api/machines?$skiptoken=a%20b";
    for link in [
        "https://API.security.microsoft.com:443/api/machines?$skiptoken=a%20b",
        "https://api.security.microsoft.com./api/machines?$skiptoken=a b",
        "/api/machines?$skiptoken=a b",
        "?$skiptoken=a b",
        "machines?$skiptoken=a%20b",
    ] {
        let mut pager = pager(Paging::NextLink { page_size: 5 });
        pager.advance(read(Some(link.into()), 5, 1, 0)).unwrap();
        assert_eq!(pager.url().as_deref(), Some(expected), "{link}");
    }
}

#[test]
fn an_empty_link_is_the_end_of_links() {
    for link in ["", " "] {
        let mut by_link = pager(Paging::NextLink { page_size: 5 });
        by_link.advance(read(Some(link.into()), 5, 1, 0)).unwrap();
        assert_eq!(by_link.url(), None);
        let mut by_offset = pager(Paging::Offset { top: 5 });
        by_offset.advance(read(Some(link.into()), 5, 1, 7)).unwrap();
        assert_eq!(by_offset.next(), Next::Skip(5, Behind::Seam(Seam::of(7))));
    }
}

#[test]
fn foreign_links_are_refused() {
    for link in [
        "https://evil.example/api/machines",
        "http://api.security.microsoft.com/api/machines",
        "https://api.security.microsoft.com:8443/api/machines",
        "https://api.security.microsoft.com@evil.example/api/machines",
        "https://api.security.microsoft.com.evil.example/api/machines",
        "https://api.security.microsoft.com/elsewhere",
        "https://api.security.microsoft.com/api/../elsewhere",
        "https://api.security.microsoft.com/api/%2e%2e/elsewhere",
        "//evil.example/api/machines",
        "/elsewhere",
        "ftp:machines",
    ] {
        let mut pager = pager(Paging::NextLink { page_size: 5 });
        let error = pager.advance(read(Some(link.into()), 5, 1, 0)).unwrap_err();
        assert_eq!(error.cause, Cause::Protocol, "{link}");
        let origin = Origin::https("api.security.microsoft.com");
        let paging = Paging::NextLink { page_size: 5 };
        let resumed = Pager::new(origin, hosts(), "/api/x".into(), paging, Next::Link(link.into(), 0));
        assert_eq!(resumed.unwrap_err().cause, Cause::InvalidCheckpoint, "{link}");
    }
}
