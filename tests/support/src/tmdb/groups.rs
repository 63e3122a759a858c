//! Other orders of a series' episodes, which people make: several of one type may exist.

use serde_json::{Value, json};

use super::catalogue::{Group, Work, catalogue};
use super::refusal::Refusal;
use super::seasons::item;

pub(super) fn groups(series: &Work) -> Value {
    let results: Vec<Value> =
        catalogue().groups.iter().filter(|group| group.series == series.id).map(head).collect();
    json!({"id": series.id, "results": results})
}

pub(super) fn group(id: &str) -> Result<Value, Refusal> {
    let group = catalogue().groups.iter().find(|group| group.id == id).ok_or(Refusal::NOT_FOUND)?;
    let series = catalogue().series.iter().find(|work| work.id == group.series).ok_or(Refusal::NOT_FOUND)?;
    let parts: Vec<Value> = group
        .parts
        .iter()
        .enumerate()
        .map(|(order, (name, places))| {
            let episodes: Vec<Value> = places
                .iter()
                .filter_map(|&(season, number)| {
                    let season = series.seasons.iter().find(|its| its.number == season)?;
                    let episode = season.episodes.iter().find(|its| its.number == number)?;
                    Some(item(series, season, episode))
                })
                .enumerate()
                .map(|(order, mut episode)| {
                    episode["order"] = json!(order);
                    episode
                })
                .collect();
            json!({
                "id": format!("{:024x}", series.id * 1000 + order as u64), "name": name, "order": order + 1, "locked": true,
                "episodes": episodes,
            })
        })
        .collect();
    let mut answer = head(group);
    answer["groups"] = json!(parts);
    Ok(answer)
}

fn head(group: &Group) -> Value {
    let count: usize = group.parts.iter().map(|(_, places)| places.len()).sum();
    json!({
        "id": group.id, "name": group.name, "type": group.kind, "group_count": group.parts.len(), "episode_count": count,
        "description": "", "network": null,
    })
}
