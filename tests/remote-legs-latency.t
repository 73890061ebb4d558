#!/bin/bash
# takes 40 s
# With one leg here and two on other machines, the link of one of which is slow, over NBD and over NVMe/TCP: what is read
# with read_pattern fast, and written with write_ack threshold, does not wait for it. At most half the mean latency is
# asserted; the figures are those of Documentation/remote-legs.md.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
. "$(dirname "$0")/remote-legs.sh"

command -v fio > /dev/null || skip_all 'no fio'
delay=20 # ms
requests=200
# where all that is not the link takes many times as long
[ "$DM_QUORUM_KERNEL" != debug ] || delay=200 requests=50

# latency read|write: sets $mean and $p99, in microseconds, of requests of 4 KiB, one at a time, each to another block
latency() {
	local value
	fio --name=job --filename=/dev/mapper/q --direct=1 --ioengine=psync --bs=4k --rw="rand$1" --number_ios=$requests \
		--output-format=json --output="$work/fio" > "$work/said" 2>&1
	value=".jobs[0].$1.clat_ns"
	mean=$(jq "$value.mean / 1000 | floor" "$work/fio")
	p99=$(jq "$value.percentile[\"99.000000\"] / 1000 | floor" "$work/fio")
}

# halved read|write TRANSPORT OPTION: with it, the mean is at most half of what it is without. It is measured again if it is
# not, as the machine may have had no time.
halved() {
	local tries without said
	for ((tries = 0; tries < 5; tries++)); do
		quorum_reload q 2 "${legs[@]}"
		latency "$1"
		without=$mean
		said=$(printf '%-6s %-5s %-20s mean %6d us, p99 %6d us' "$2" "$1" 'without' "$mean" "$p99")
		# shellcheck disable=SC2086  # words
		quorum_reload q 2 "${legs[@]}" -- $3
		latency "$1"
		said+=$(printf '\n%-6s %-5s %-20s mean %6d us, p99 %6d us' "$2" "$1" "$3" "$mean" "$p99")
		[ $((mean * 2)) -gt "$without" ] || break
	done
	figures+=$said$'\n'
	# a reply may be late, but never too early
	[ "$without" -ge $((delay * 1000)) ] && [ $((mean * 2)) -le "$without" ]
}
figures=''

loop_legs 3 16384
make_host berlin
make_host paris
for transport in NBD NVMe; do
	legs=("${disks[0]}")
	n=0
	for host in berlin paris; do
		n=$((n + 1))
		if [ $transport = NBD ]; then
			nbd_serve $host $n
			nbd_connect $host /dev/nbd$n
			legs+=("/dev/nbd$n")
		else
			nvme_serve $host $n
			nvme_connect $host
			legs+=("$nvme")
		fi
	done
	quorum_create q 2 "${legs[@]}"
	write_at /dev/mapper/q 0 "$size" 0x32
	is "$(counters q) $(health q)" "$nothing AAA" "$transport: all is well before"
	latency read
	figures+=$(printf '%-6s %-5s %-20s mean %6d us, p99 %6d us' $transport read 'before, without' "$mean" "$p99")$'\n'
	latency write
	figures+=$(printf '%-6s %-5s %-20s mean %6d us, p99 %6d us' $transport write 'before, without' "$mean" "$p99")$'\n'
	slow_link berlin $delay
	ok 'a slow link: reads are not held up with read_pattern fast' halved read $transport 'read_pattern fast'
	is "$(counters q) $(health q)" "$nothing AAA" 'nobody is blamed'
	ok 'nor are writes with write_ack threshold' halved write $transport 'write_ack threshold'
	is "$(counters q) $(health q)" "$nothing AAA" 'nobody is blamed'
	ok 'the legs are identical' identical
	mend_link berlin
	dm remove --retry q
	unset 'devices[-1]'
	if [ $transport = NBD ]; then
		for n in 1 2; do nbd_disconnect /dev/nbd$n; done
		nbds=()
	fi
done
diag "$figures"
done_testing
