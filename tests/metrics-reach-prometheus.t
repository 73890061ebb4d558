#!/bin/bash
# takes 30 s
# P5: what happens to a device is in Prometheus, by way of the service's command and the node exporter, and the alert for it
# fires.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
monitoring=$(readlink -f "$(dirname "$0")/../monitoring")
loop_legs 5 2048
quorum_create q 3 "${legs[@]}"
ok 'the device is written' write_at /dev/mapper/q 0 2048 0x32

# as the service does it, when the timer says
directory=$(sed -n 's/^ConditionPathIsDirectory=//p' "$monitoring/quorumsetup-metrics.service")
read -ra command <<< "$(sed -n 's/^ExecStart=//p' "$monitoring/quorumsetup-metrics.service")"
run_service() { "${command[@]}"; }
ok "Debian's node exporter has the directory" test -d "$directory"
at_end "rm -f $directory/dm-quorum.prom"

# no waiting in the alerts' own time
sed 's/^    for: .*/    for: 0s/' "$monitoring/dm-quorum.rules.yml" > "$work/rules.yml"
cat > "$work/prometheus.yml" << END
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [ $work/rules.yml ]
scrape_configs:
- job_name: node
  static_configs: [ targets: [ '127.0.0.1:9100' ] ]
END
ip link set lo up
prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults --collector.textfile \
	--collector.textfile.directory="$directory" > "$work/exporter.log" 2>&1 &
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" --web.listen-address=127.0.0.1:9090 \
	> "$work/prometheus.log" 2>&1 &

# ask QUERY: each result, "LABELS VALUE", without what is the same for all
ask() {
	perl -MHTTP::Tiny -MJSON::PP -e '
		my $http = HTTP::Tiny->new;
		my $answer = $http->get("http://127.0.0.1:9090/api/v1/query?" . $http->www_form_urlencode({ query => $ARGV[0] }));
		exit 1 if !$answer->{success};
		for (@{ decode_json($answer->{content})->{data}{result} }) {
			my %labels = %{ $_->{metric} };
			delete @labels{qw(__name__ alertstate device file instance job name severity)};
			push @lines, join(" ", map({ "$_=$labels{$_}" } sort keys %labels), $_->{value}[1]) . "\n";
		}
		print sort @lines' "$1"
}
says() { said=$(ask "$1") && [ "$said" = "$2" ]; }
# told QUERY WANTED NAME: sooner or later, as the file, the exporter and the rules are each looked at in their turn; and not
# for ever, as an alert is gone for a moment when a slow machine leaves a turn out
told() {
	poll says "$1" "$2" || :
	is "$said" "$2" "$3"
}
firing='ALERTS{alertstate="firing"}'
lost='dm_quorum_leg_mismatches_total{name="q"}'
failed='dm_quorum_leg_state{name="q",state="failed"}'

run_service
told "$lost" "$(printf 'leg=%d 0\n' 0 1 2 3 4)" 'no vote is lost before'
told "$failed" "$(printf 'leg=%d state=failed 0\n' 0 1 2 3 4)" 'no leg has failed before'
told 'count(ALERTS) or vector(0)' 0 'and nothing alerts'

write_at "$work/disk1" 80 16 0x42
ok 'a leg is damaged, and outvoted' holds /dev/mapper/q 80 16 0x32
settle q
run_service
told "$lost" "$(printf 'leg=%d %d\n' 0 0 1 2 2 0 3 0 4 0)" 'two votes are lost, by leg 1'
told "$firing" 'alertname=DmQuorumLegLostVotes leg=1 1' 'that fires'

ok 'another is failed' message q fail 2
run_service
told "$failed" "$(printf 'leg=%d state=failed %d\n' 0 0 1 0 2 1 3 0 4 0)" 'leg 2 has failed'
told "$firing" "$(printf 'alertname=DmQuorumLeg%s 1\n' 'Failed leg=2 state=failed' 'LostVotes leg=1')" 'that fires, too'

ok 'one more is failed' message q fail 3
run_service
told "$firing" "$(printf 'alertname=DmQuorum%s 1\n' 'LegFailed leg=2 state=failed' 'LegFailed leg=3 state=failed' \
	'LegLostVotes leg=1' NoSpareLeg)" 'and that there is none to spare'

ok 'the first is done with' message q reset_counters
for leg in 2 3; do ok "leg $leg is restored" message q restore "$leg"; done
wait_idle q
run_service
told "$firing" '' 'all is well again'
touch -d '-1 hour' "$directory/dm-quorum.prom"
told "$firing" 'alertname=DmQuorumMetricsStale 1' 'an old file is told'
is "$(ask node_textfile_scrape_error)" 0 'the exporter has had nothing to complain of'
done_testing
