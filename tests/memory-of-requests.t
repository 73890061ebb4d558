#!/bin/bash
# What requests in flight hold is what Documentation/performance.md says (P6): a struct quorum_io each, and private pages.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
command -v fio > /dev/null || skip_all 'no fio'

# so many that what else comes and goes does not count
depth=200
slab_bytes() {
	slab_objects | awk '/^kmalloc-[0-9]+k? / {
		split($1, name, "-")
		sum += name[2] * (name[2] ~ /k/ ? 1024 : 1) * $2
	} END { print sum }'
}
in_flight_any() {
	local reads writes
	read -r reads writes < "/sys/dev/block/$(dev_number /dev/mapper/q)/inflight"
	[ $((reads + writes)) -ge "$1" ]
}

loop_legs 3 65536
wrap_legs
# holds_at_most PAGES RW OPTION...: what a request of 4 KiB holds on average while two legs have not answered
holds_at_most() {
	local pages=$1 rw=$2 before job held limit
	shift 2
	quorum_create q 2 "${legs[@]}" -- "$@"
	ok "$*: it reads" holds /dev/mapper/q 0 8 0
	before=$(slab_bytes)
	hang 1 2
	fio --name=x --filename=/dev/mapper/q --direct=1 --ioengine=libaio --iodepth=$depth --rw="$rw" --bs=4k \
		--number_ios=$depth --size=32m --zero_buffers --minimal > "$work/said" 2>&1 &
	job=$!
	ok "$rw: all are in flight" poll in_flight_any $depth
	held=$((($(slab_bytes) - before) / depth))
	unhang 1 2
	ok 'they end' wait $job
	dm remove --retry q
	unset 'devices[-1]'
	# a struct quorum_io for three legs comes from kmalloc-2k; what fio and the block layer hold is a few hundred bytes
	# more, and what others free meanwhile is less. A busy debug kernel adds a few hundred
	limit=$((2048 + pages * 4096 + 1024))
	ok "a request holds $pages private pages and two KiB ($held bytes)" test $held -le $limit -a $held -ge $((limit - 1536))
}
holds_at_most 2 randread read_pattern quorum
holds_at_most 3 randread read_pattern fast
holds_at_most 1 randwrite read_pattern quorum
holds_at_most 1 randwrite write_ack threshold
holds_at_most 0 randwrite zero_copy_writes

done_testing
