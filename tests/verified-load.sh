# shellcheck shell=bash disable=SC2154,SC2034  # variables of lib.sh
# Sourced after lib.sh: a load on /dev/mapper/q, or on a device on top of it, that reads and writes, and verifies all it has
# written, until it is ended.
command -v fio > /dev/null || skip_all 'no fio'

# start_load JOBS [DEVICE]: each has 2 MiB to itself
start_load() {
	fio --name=job --filename="${2:-/dev/mapper/q}" --direct=1 --ioengine=libaio --iodepth=4 --numjobs="$1" --size=2m \
		--offset_increment=2m --rw=randrw --bsrange=512-128k --verify=crc32c --verify_fatal=1 --verify_backlog=32 \
		--loops=1000000 --group_reporting --minimal > "$work/fio" 2>&1 &
	load=$!
}

# works [REQUESTS]: so many more are done
works() { poll more_than $(($(done_requests) + ${1:-100})); }
done_requests() { awk '{ print $1 + $5 }' "/sys/dev/block/$(dev_number /dev/mapper/q)/stat"; }
more_than() { [ "$(done_requests)" -gt "$1" ]; }

# load_was_fine: it was still at work, and has found no error; it is ended
load_was_fine() {
	kill -INT "$load" || return
	wait "$load" || :
	[ "$(awk -F';' 'NF > 5 { print $5 }' "$work/fio" | sort -u)" = 0 ]
}
