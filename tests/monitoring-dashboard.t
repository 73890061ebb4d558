#!/bin/bash
# takes 8 s
# The dashboard is what Grafana takes, as far as that can be seen without it: its parts fit together, Prometheus can parse
# every expression, and all of them, as those of the alerts, ask for what quorumsetup prints.
# only on 6.12
# shellcheck disable=SC2016  # of jq
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
monitoring=$(readlink -f "$(dirname "$0")/../monitoring")
dashboard=$monitoring/dm-quorum.dashboard.json

that() { jq -e "$1" "$dashboard"; }
ok 'it has what every dashboard has' that \
	'(.title | length > 0) and (.schemaVersion | type == "number") and (.id == null) and (.panels | length > 0)'
ok 'each panel has a number of its own' that '[.panels[].id] | length == (unique | length)'
ok 'and is of a kind that Grafana brings' that 'all(.panels[].type; IN("stat", "timeseries", "state-timeline", "table"))'
ok 'all are within 24 columns' that 'all(.panels[].gridPos; .x >= 0 and .w > 0 and .h > 0 and .x + .w <= 24)'
ok 'none is over another' that '[.panels[].gridPos] as $all | all(range($all | length) as $i | range($i) as $j
	| $all[$i] as $a | $all[$j] as $b
	| $a.x + $a.w <= $b.x or $b.x + $b.w <= $a.x or $a.y + $a.h <= $b.y or $b.y + $b.h <= $a.y; .)'
ok 'each asks for something, under names of its own' that \
	'all(.panels[].targets; length > 0 and all(.expr | length > 0) and ([.[].refId] | length == (unique | length)))'
ok 'all ask the source that is chosen above' that \
	'[.panels[], .panels[].targets[] | .datasource.uid] | unique == ["${datasource}"]'

jq '{groups: [{name: "dashboard", rules: [.panels[].targets[].expr | gsub("\\$__rate_interval"; "5m")]
	| to_entries | map({record: "r\(.key)", expr: .value})}]}' "$dashboard" > "$work/rules.json"
ok 'Prometheus can parse the expressions' promtool check rules "$work/rules.json"

loop_legs 2 2048
quorum_create q 2 "${legs[@]}"
quorumsetup metrics | sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' | sort > "$work/printed"
# asked FILE: words that look like metrics of ours. No other is asked for but node-exporter's, by the alerts.
asked() { grep -v '^ *#' "$1" | grep -o '\bdm_quorum_[a-z_]*' | sort -u; }
is "$(asked "$dashboard" | comm -23 - "$work/printed")" '' 'the dashboard asks for what is printed'
is "$(asked "$monitoring/dm-quorum.rules.yml" | comm -23 - "$work/printed")" '' 'the alerts, too'
is "$(asked "$dashboard" | comm -13 - "$work/printed")" dm_quorum_legs \
	'all that is printed is shown, but for the number of legs, each of which is'
done_testing
