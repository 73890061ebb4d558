#!/bin/bash
# P1, P3, P5: wherever in memory the caller's buffer begins, however it is cut into pieces, and wherever on the device the
# request begins, the vote keeps its grid on the device: data are right, healthy legs are never blamed, damage is found once,
# and a request that is refused as malformed is not held against a leg.
# shellcheck disable=SC2317 # functions that are only called through others
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
# requests FILE: does them, prints how many ended how
requests() { perl "$here/direct-io.pl" "$dev" "$work/truth" < "$1" | sort | uniq -c | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $2, $1 }'; }
# odd requests that are legal everywhere: pieces of whole logical blocks, at multiples of 512 in memory
legal() {
	perl -e '
		my ($action, $count, $block, $size) = @ARGV;
		srand $block;
		for (1 .. $count) {
			my ($total, @pieces) = 0;
			for (1 .. 1 + int rand 6) {
				my $length = $block * (1 + int rand(rand 20));
				push @pieces, 512 * int(rand 8) . "+$length";
				$total += $length;
			}
			print join(" ", $action, $block * int(rand(($size - $total) / $block)), @pieces), "\n";
		}' "$@"
}
# page-aligned buffers at odd places of the device, the first the case of a filesystem with small blocks
places() { for at in 1 2 3 5 7 8 249 255 256 257; do echo "read $((at * $1)) 0+$((24 * $1))"; echo "read $((at * $1)) $((3 * 512))+$((9 * $1))"; done; }

# damage BLOCK: each leg is bad somewhere, in vote blocks of their own
damage() {
	write_at "$work/disk$1-0" 1031 1 0xee
	write_at "$work/disk$1-1" 1048 2 0xee
	write_at "$work/disk$1-2" 1064 8 0xee
}

all_disks=()
for block in 512 4096; do
	option=''
	[ $block = 512 ] || option=zero_copy_writes
	size=4096 bytes=$((4096 * 512))
	legs=()
	for leg in 0 1 2; do
		truncate -s $bytes "$work/disk$block-$leg"
		legs+=("$(losetup --find --show --sector-size $block "$work/disk$block-$leg")")
	done
	all_disks+=("${legs[@]}")
	disks=("${all_disks[@]}")
	dev=/dev/mapper/q$block$option
	what="$block${option:+ $option}"
	quorum_create "${dev##*/}" 2 "${legs[@]}" -- $option
	head -c $bytes /dev/urandom > "$work/truth"
	dd if="$work/truth" of="$dev" bs=256k oflag=direct status=none

	places $block > "$work/cases"
	is "$(requests "$work/cases")" 'right 20' "$what: reads at odd places of the device are right"
	legal write 40 $block $bytes > "$work/cases"
	is "$(requests "$work/cases")" 'right 40' "$what: writes from odd buffers succeed"
	for leg in 0 1 2; do ok "leg $leg has got them right" cmp "$work/disk$block-$leg" "$work/truth"; done
	legal read 50 $block $bytes > "$work/cases"
	is "$(requests "$work/cases")" 'right 50' "$what: reads into odd buffers are right"
	is "$(counters "${dev##*/}")" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' "$what: healthy legs never disagree"

	damage $block
	echo 'read 524288 1536+65536' > "$work/cases"
	is "$(requests "$work/cases")" 'right 1' "$what: a shifted read of damaged legs is right"
	is "$(counters "${dev##*/}")" '3 0 0 0 / 1 0 0 0 / 1 0 0 0 / 1 0 0 0' 'and finds each damage once'
	legal read 50 $block $bytes > "$work/cases"
	is "$(requests "$work/cases")" 'right 50' "$what: so are all others"

	# whether these are malformed is the kernel's to say, and differs between kernels
	message "${dev##*/}" reset_counters
	for pieces in 4+8192 1+4096 '256+512 512+7680' '0+1536 1536+2560' '0+100 100+3996'; do
		for action in read write; do echo "$action 8192 $pieces"; done
	done > "$work/cases"
	like "$(requests "$work/cases")" '^(EINVAL 10|EINVAL [0-9], right [0-9])$' "$what: an odder request is done right, or refused as malformed"
	is "$(counters "${dev##*/}")" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'and no leg is blamed'
	dm remove "${dev##*/}"
	devices=()
done
done_testing
