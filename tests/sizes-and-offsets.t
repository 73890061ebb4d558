#!/bin/bash
# P1, P5: sizes, offsets on the legs, and requests need not be multiples of a page: what is read is right, the vote stays
# on the device's own grid, and each damaged sector is found where it is.
. "$(dirname "$0")/lib.sh"

# requests: does those on stdin, prints how many ended how
requests() { perl "$(dirname "$0")/direct-io.pl" /dev/mapper/q "$work/truth" | sort | uniq -c | awk '{ print $2, $1 }' | paste -sd,; }

# 5.5 requests of the largest size, and three sectors of a last page
loop_legs 3 2000
size=1411
offsets=(0 1 517)
head -c $((size * 512)) /dev/urandom > "$work/truth"
quorum_create q 2 "${legs[0]}+${offsets[0]}" "${legs[1]}+${offsets[1]}" "${legs[2]}+${offsets[2]}"
is "$(blockdev --getsz /dev/mapper/q)" $size 'the device has its odd size'
dd if="$work/truth" of=/dev/mapper/q bs=1411b oflag=direct status=none
for leg in 0 1 2; do
	ok "leg $leg holds the data at its offset" cmp "$work/truth" <(read_at "${disks[leg]}" "${offsets[leg]}" $size)
	is "$(read_at "${disks[leg]}" $((size + offsets[leg])) 64 | tr -d '\0' | wc -c)" 0 'and nothing behind it'
done
is "$(read_at "${disks[2]}" 0 517 | tr -d '\0' | wc -c)" 0 'and nothing before'
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'

# Damage: "LEG SECTOR SECTORS", sectors of the device, in vote blocks of their own; the last in the block of three sectors
damage=('0 0 1' '1 15 1' '2 100 4' '0 255 1' '1 256 1' '2 511 1' '0 700 9' '1 1023 3' '2 1408 1' '1 1410 1')
for spot in "${damage[@]}"; do
	read -r leg sector sectors <<< "$spot"
	write_at "$work/disk$leg" $((sector + offsets[leg])) "$sectors" "0xe$leg"
done

# requests of all shapes: "ACTION POSITION BUFFER", page-aligned buffers
shapes() { perl -e 'srand 3; for (1 .. 150) { my $at = int rand 1411; my $n = 1 + int rand(rand 400); $n = 1411 - $at if $at + $n > 1411; print "$ARGV[0] ", $at * 512, " 0+", $n * 512, "\n" }' "$1"; }
is "$(shapes read | requests)" 'right 150' 'reads at any sector, of any length, are right'
ok 'they have met the damage' test "$(status q mismatches)" -gt 10

message q reset_counters
ok 'the whole device is right in one request' cmp "$work/truth" <(read_at /dev/mapper/q 0 $size)
# a vote block that a request crosses is counted once: 700+9 lies in two blocks, 1023+3 too
is "$(counters q)" '12 0 0 0 / 4 0 0 0 / 5 0 0 0 / 3 0 0 0' 'every bad block is counted at its leg'
is "$(dmsetup message q 0 list_mismatches | awk '{ for (i = 0; i < $3; i++) bad[$1 " " $2 + i] } END { for (b in bad) print b }' | sort)" \
	"$(printf '%s\n' "${damage[@]}" | awk '{ for (i = 0; i < $3; i++) print $1 " " $2 + i }' | sort)" 'the list names each bad sector, and no other'

dd if="$work/truth" of=/dev/mapper/q bs=1411b oflag=direct status=none
message q reset_counters
is "$(shapes write | requests)" 'right 150' 'writes at any sector, of any length, succeed'
for leg in 0 1 2; do ok "leg $leg holds what was written" cmp "$work/truth" <(read_at "${disks[leg]}" "${offsets[leg]}" $size); done
ok 'which can be read' cmp "$work/truth" <(read_at /dev/mapper/q 0 $size)
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'and nothing is counted afterwards'
done_testing
