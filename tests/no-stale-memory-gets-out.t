#!/bin/bash
# takes 15 s
# P1, P2: what a request was given memory for and nobody has filled reaches neither a reader nor a leg: pages of legs
# that failed to read, of parts of blocks, of repairs; nor the log, nor what is told. All free memory holds a pattern first,
# so that such pages agree in what they hold, and would even win a vote.
. "$(dirname "$0")/lib.sh"

secret=POISONED

# direct REQUEST...: does these, and says how each ended
direct() { printf '%s\n' "$@" | perl "$(dirname "$0")/direct-io.pl" /dev/mapper/q "$work/truth" $secret | paste -sd' '; }
# read_parts SECTOR SECTORS: as a request, and each sector of it alone
read_parts() {
	local sector requests=("read $(($1 * 512)) 0+$(($2 * 512))")
	for ((sector = $1; sector < $1 + $2; sector++)); do requests+=("read $((sector * 512)) 0+512"); done
	direct "${requests[@]}"
}
# legs_hold_truth: and nothing else
legs_hold_truth() {
	local disk
	settle q
	for disk in 0 1 2; do cmp "$work/disk$disk" "$work/truth" || return; done
}

loop_legs 3 2048
wrap_legs
loop_legs 1 2048
options=(rewrite_corrupted log disk 2 "${legs[3]}" 64)
legs=("${legs[@]:0:3}")
quorum_create q 2 "${legs[@]}" -- "${options[@]}"
record_events
: > "$work/truth"
truncate -s $((size * 512)) "$work/truth"
poisoned=$(perl "$(dirname "$0")/poison-memory.pl" $secret)
diag "$poisoned % of the memory hold the pattern"
ok 'free memory holds the pattern' test "$poisoned" -ge 40

requests=()
for ((sector = 0; sector < size; sector += 256)); do requests+=("write $((sector * 512)) 0+$((256 * 512))"); done
is "$(direct "${requests[@]}" | tr ' ' '\n' | sort -u)" right 'all is written'
is "$(direct 'write 512 0+512' "write $((15 * 512)) 0+5120" "write $((2047 * 512)) 0+512" "write $((257 * 512)) 512+1024")" \
	'right right right right' 'and parts of blocks'
ok 'zeroes of parts of blocks' blkdiscard --zeroout --offset $((700 * 512)) --length $((21 * 512)) /dev/mapper/q
dd if=/dev/zero of="$work/truth" bs=512 seek=700 count=21 conv=notrunc status=none
ok 'the legs hold that and nothing else' legs_hold_truth

# a leg fails to read
fail_sectors 1 8 9 101
is "$(read_parts 8 4)" 'right right right right right' 'one leg fails: the data are right'
is "$(direct 'read 0 0+131072')" right 'in a large request, too'
fail_sectors 2 300 301
is "$(direct 'read 0 0+262144')" right 'two legs fail in different places'
fail_sectors 1 300
is "$(direct "read $((300 * 512)) 0+512" "read $((296 * 512)) 0+4096" 'read 131072 0+131072')" 'EIO EIO EIO' \
	'two legs fail in one place: an error, and nothing of the pattern'
is "$(direct "read $((300 * 512)) 512+512" 'read 131072 512+131072')" 'EIO EIO' 'nor with a buffer that begins in the middle of a page'
heal 1 2

# a leg is wrong, and is repaired by readers of a sector, of a block, of a chunk
write_at "$work/disk1" 21 1 0x42
write_at "$work/disk2" 400 8 0x42
write_at "$work/disk1" 1030 100 0x42
wrong=("read $((21 * 512)) 0+512" "read $((400 * 512)) 0+4096" 'read 524288 0+131072')
is "$(direct "${wrong[@]}")" 'right right right' 'a wrong leg is outvoted'
# by another read if repairs of the legs that failed have just failed, too: a leg is left alone for a while then
repaired() {
	if legs_hold_truth; then return; fi
	direct "${wrong[@]}"
	return 1
}
ok 'and repaired with what is right' poll repaired

# a leg misses parts of blocks, and gets them
fail_writes 2
is "$(direct "write $((41 * 512)) 0+512" "write $((60 * 512)) 0+$((20 * 512))")" 'right right' 'a leg misses writes'
heal 2
message q fail 0
is "$(direct "write $((1500 * 512)) 0+1536")" right 'another one, too'
message q restore 0
poll message q resync
wait_idle q
is "$(status q health)" AAA 'they are recovered'
ok 'with what is right' legs_hold_truth
message q repair
wait_idle q
ok 'nor does a repair of all change that' legs_hold_truth

ok 'a table that does not wait for all legs' quorum_reload q 2 "${legs[@]}" -- "${options[@]}" \
	read_pattern fast write_ack threshold
is "$(direct "${requests[@]}" | tr ' ' '\n' | sort -u)" right 'all is written'
write_at "$work/disk1" 21 1 0x42
is "$(read_parts 20 4)" 'right right right right right' 'and read'
ok 'the legs hold that and nothing else' poll repaired

{
	dmsetup status q
	dmsetup table q
	message q list_mismatches
	quorum_events
	kernel_log
} > "$work/told"
ok 'much is told' test "$(wc -l < "$work/told")" -gt 20
is "$(grep -c $secret "$work"/disk? "$work/told")" "$(printf "$work/%s:0\n" disk{0..3} told)" \
	'no leg holds the pattern, nor the log, nor what is told'
done_testing
