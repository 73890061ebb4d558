#!/bin/bash
# takes 20 s
# P7: a bad table line is refused, with an error that says what is wrong with it, and leaves nothing open.
. "$(dirname "$0")/lib.sh"

# What stands for a leg below, all of 2048 sectors unless told otherwise
loop_legs 4 2048
a=${legs[0]} b=${legs[1]} c=${legs[2]}
# its logical blocks have 4096 bytes
losetup --detach "${legs[3]}"
losetup --sector-size 4096 "${legs[3]}" "$work/disk3"
coarse=${legs[3]}
# held by somebody else
loop_legs 1 2048
held=${legs[4]}
loop_legs 1 1024
small=${legs[5]}
# a disk with a partition of 2048 sectors at 1024
loop_legs 1 4096
partition 6 1024 2048
disk=${legs[6]} part=${legs[6]}p1
null_blk_leg 8 zoned=1 zone_size=4
zoned=${legs[7]}
size=2048
loop_legs 1 2048
log=${legs[8]}
dm_create huge '0 8388616 zero'
dm_create vast '0 9007199254740992 zero' # 2^53
dm_create tiny "0 3 linear $log 2045" # room for one set of 256 regions and no more
many=" $a 0$(printf -- ' - 0%.0s' {2..33})"
absent=$(printf -- ' - 0%.0s' {2..17})

dm create q --notable
devices+=(q)
perl -MFcntl -e '$| = 1; sysopen(my $f, $ARGV[0], O_RDWR | O_EXCL) or die; print "\n"; sleep' "$held" > "$work/holder" &
holder=$!
poll test -s "$work/holder"

threshold='Invalid vote_threshold'
number='Invalid number of legs'
larger='vote_threshold is larger than #legs'
fewer='Fewer legs than #legs says'
offset='Invalid leg offset'
open='Cannot open leg'
present='Fewer legs present than vote_threshold'
too_small='Leg is too small'
overlap='Leg overlaps another leg'
opt_args='Invalid number of option arguments'
few_args='Fewer arguments than #opt_args says'
more='More arguments than #opt_args says'
unknown='Unknown option'
twice='Option given twice'
pair='blkverify needs exactly 2 legs and a vote_threshold of 2'
three="3 $a 0 $b 0 $c 0"
two="2 $a 0 $b 0"

lines=() errors=()
# bad ERROR PARAMETERS [SECTORS]
bad() {
	errors+=("$1")
	lines+=("0 ${3-$size} quorum $2")
}

bad "$threshold" ''
bad "$threshold" '-'
bad "$threshold" x
bad "$threshold" "0 $three"
bad "$threshold" "-1 $three"
bad "$threshold" "33 $three"
bad "$threshold" "2x $three"
bad "$threshold" "0x2 $three"
bad "$threshold" "2.0 $three"
bad "$threshold" "4294967298 $three"
bad "$number" 2
bad "$number" '2 0'
bad "$number" '1 -1'
bad "$number" '2 33'
bad "$number" "1 33$many"
bad "$number" "2 $a 0 $b 0 $c 0"
bad "$number" "2 4294967299 ${three#3 }"
bad "$larger" "4 $three"
bad "$larger" "2 1 $a 0"
bad "$larger" "32 $three"

bad "$fewer" '1 1'
bad "$fewer" "1 1 $a"
bad "$fewer" "2 3 $a 0 $b 0"
bad "$fewer" "2 3 $a 0 $b 0 $c"
bad "$fewer" '1 32 - 0 - 0'
bad "$offset" "2 3 $a 0 $b x $c 0"
bad "$offset" "2 3 $a 0 $b -1 $c 0"
bad "$offset" "2 3 $a 0 $b 1.5 $c 0"
bad "$offset" "2 3 $a 0 $b 0x10 $c 0"
bad "$offset" "2 3 $a 0 $b 8s $c 0"
bad "$offset" "2 3 $a 0 $b 18446744073709551616 $c 0"
bad "$offset" "2 3 $a $b $c 0 0 0"
bad "$offset" '1 2 - - - 0'
bad "$open" "2 3 $a 0 /dev/does-not-exist 0 $c 0"
bad "$open" "2 3 999:0 0 $b 0 $c 0"
bad "$open" "2 3 $a 0 0 0 $c 0"
bad "$open" "2 3 $a 0 x 0 $c 0"
bad "$open" "2 3 $a 0 $b 0 /dev 0"
bad "$open" "2 3 $a 0 $b 0 /dev/null 0"
bad "$open" "2 3 $a 0 $b 0 $work/disk2 0"
bad "$open" "2 3 $a 0 $b 0 $held 0"
bad "$open" "2 3 $a 0 $b 0 -- 0"
bad "$present" '1 1 - 0'
bad "$present" "2 3 - 0 - 0 $c 0"
bad "$present" "3 3 $a 0 - 0 $c 0"

bad "$too_small" "2 3 $a 0 $b 0 $small 0"
bad "$too_small" "2 3 $small 0 $b 0 $c 0"
bad "$too_small" "2 3 $a 0 $b 1 $c 0"
bad "$too_small" "2 3 $a 2048 $b 0 $c 0"
bad "$too_small" "2 3 $a 4096 $b 0 $c 0"
bad "$too_small" "2 3 $a 18446744073709551615 $b 0 $c 0"
bad "$too_small" "2 3 $a 9223372036854775807 $b 0 $c 0"
bad "$too_small" "2 3 $a 9223372036854775808 $b 0 $c 0"
bad "$too_small" "2 3 $a 18446744073709549568 $b 0 $c 0" # 2^64 - 2048: its end is 0
bad "$too_small" "2 3 $a 18446744073709551608 $b 0 $c 0" 16
bad "$too_small" "2 3 $a 36028797018963968 $b 0 $c 0" # 2^55: in bytes, 2^64
bad "$too_small" '1 1 /dev/mapper/vast 1' 9007199254740992
bad "$too_small" "2 $three" 2049
bad "$too_small" "2 $three" 1099511627776
bad "$too_small" "2 3 $a 0 $b 0 $part 1"
bad 'Zoned legs are not supported' "2 3 $a 0 $b 0 $zoned 0"
bad 'Leg offset is not a multiple of the logical block size' "2 3 $a 0 $b 0 $coarse 7" 1024
bad 'Length is not a multiple of the logical block size' "2 3 $a 0 $b 0 $coarse 0" 1023
bad "$overlap" "2 3 $a 0 $b 0 $a 0"
bad "$overlap" "2 3 $a 0 $a 1023 $b 0" 1024
bad "$overlap" "2 3 $a 1023 $a 0 $b 0" 1024
bad "$overlap" '1 2 /dev/mapper/vast 0 /dev/mapper/vast 2251799813685248' 4503599627370496 # 2^51, 2^52
# the kernel lets nobody have a disk and its partition at a time, not even where they do not overlap
bad "$open" "1 2 $disk 1024 $part 0"
bad "$open" "1 2 $disk 0 $part 0"
bad "$open" "1 2 $disk 1025 $part 1024" 1024

bad "$opt_args" "2 $three x"
bad "$opt_args" "2 $three -1"
bad "$opt_args" "2 $three blkverify"
bad "$few_args" "2 $three 2 zero_copy_writes"
bad "$few_args" "2 $three 14 zero_copy_writes"
bad "$few_args" "2 $three 99 zero_copy_writes"
bad "$few_args" "2 $three 4294967295 zero_copy_writes"
bad "$opt_args" "2 $three 4294967297 zero_copy_writes"
bad "$more" "2 $three 0 zero_copy_writes"
bad "$more" "2 $three 1 zero_copy_writes max_leg_errors 1"
bad "$more" "2 4 ${three#3 } - 0 1 zero_copy_writes -"
bad "$unknown" "2 $three 1 no_such_option"
bad "$unknown" "2 $three 1 ZERO_COPY_WRITES"
bad "$unknown" "2 $three 1 zero_copy_writes=1"
bad "$unknown" "2 $three 1 blkverif"
bad "$unknown" "2 $three 2 zero_copy_writes 1"
bad "$unknown" "2 $three 1 quorum"
bad "$twice" "2 $three 2 zero_copy_writes zero_copy_writes"
bad "$twice" "2 $three 4 read_pattern fifo read_pattern fifo"
bad "$twice" "2 $three 4 read_pattern fifo read_pattern quorum"
bad "$twice" "2 $three 4 read_pattern quorum read_pattern fifo"
bad "$twice" "2 $three 5 max_leg_errors 3 zero_copy_writes max_leg_errors 0"
bad "$twice" "2 $two 2 blkverify blkverify"
bad 'read_pattern needs an argument' "2 $three 1 read_pattern"
bad 'read_pattern needs an argument' "2 $three 2 zero_copy_writes read_pattern"
bad 'Invalid read_pattern' "2 $three 2 read_pattern vote"
bad 'Invalid read_pattern' "2 $three 2 read_pattern FIFO"
bad 'Invalid read_pattern' "2 $three 2 read_pattern fastest"
bad 'write_ack needs an argument' "2 $three 1 write_ack"
bad 'Invalid write_ack' "2 $three 2 write_ack both"
bad 'Invalid write_ack' "2 $three 2 write_ack 2"
bad "$twice" "2 $three 4 write_ack threshold write_ack all"
bad 'write_ack threshold needs a majority as vote_threshold' "1 $three 2 write_ack threshold"
bad 'write_ack threshold needs a majority as vote_threshold' "1 $two 2 write_ack threshold"
bad 'write_ack threshold does not go with zero_copy_writes' "2 $three 3 write_ack threshold zero_copy_writes"
bad 'write_ack threshold does not go with zero_copy_writes' "2 $three 3 zero_copy_writes write_ack threshold"
bad 'max_leg_errors needs an argument' "2 $three 1 max_leg_errors"
bad 'Invalid max_leg_errors' "2 $three 2 max_leg_errors x"
bad 'Invalid max_leg_errors' "2 $three 2 max_leg_errors -1"
bad 'Invalid max_leg_errors' "2 $three 2 max_leg_errors +1"
bad 'Invalid max_leg_errors' "2 $three 2 max_leg_errors 4294967296"
bad 'Invalid max_leg_errors' "2 $three 2 max_leg_errors 0x10"
bad "$twice" "2 $three 2 rewrite_corrupted rewrite_corrupted"
bad 'rewrite_corrupted does not go with blkverify' "2 $two 2 rewrite_corrupted blkverify"
bad 'rewrite_corrupted does not go with read_pattern fifo' "2 $three 3 read_pattern fifo rewrite_corrupted"
bad 'log needs a type and a number of arguments' "2 $three 1 log"
bad 'log needs a type and a number of arguments' "2 $three 2 log core"
bad 'Invalid number of log arguments' "2 $three 4 log core x 128"
bad 'Invalid number of log arguments' "2 $three 4 log core -1 128"
bad 'Invalid number of log arguments' "2 $three 4 log core 2 128"
bad 'Cannot create log' "2 $three 4 log core 0 128"
bad 'Invalid number of log arguments' "2 $three 4 log core 4294967295 128"
bad 'Invalid number of log arguments' "2 $three 4 log core 4294967297 128"
bad 'Cannot create log' "2 $three 4 log core 1 4294967296"
bad 'Cannot create log' "2 $three 4 log core 1 2147483648"
bad 'Cannot create log' "2 $three 4 log no_such_type 1 128"
bad 'Cannot create log' "2 $three 3 log core 0"
bad 'Cannot create log' "2 $three 4 log core 1 100"
bad 'Cannot create log' "2 $three 4 log core 1 4096"
bad 'Cannot create log' "2 $three 5 log core 2 128 maybe"
bad 'Cannot create log' "2 $three 4 log disk 1 $log"
bad 'Log region is smaller than a page' "2 $three 4 log core 1 4"
bad 'Log regions are too small for so many' "1 1 /dev/mapper/huge 0 4 log core 1 8" 8388616
bad 'Log regions are too small for so many' '1 1 /dev/mapper/vast 0 4 log core 1 2147483648' 9007199254740992
bad 'Log device is too small, or no memory' "1 17 $a 0$absent 5 log disk 2 /dev/mapper/tiny 8"
bad 'Cannot open log device' "2 $three 5 log disk 2 $work/nowhere 128"
bad 'Cannot open log device' "2 $three 5 log disk 2 $held 128"
bad 'Log device is a leg, or the device itself' "2 $three 5 log disk 2 $b 128"
bad 'sync and nosync are for a log of type core only' "2 $three 6 log disk 3 $log 128 nosync"
bad 'sync and nosync are for a log of type core only' "2 $three 6 log disk 3 $log 128 sync"
bad "$twice" "2 $three 8 log core 1 128 log core 1 256"
bad 'log does not go with blkverify' "2 $two 5 blkverify log core 1 128"
bad 'rebuild needs an argument' "2 $three 1 rebuild"
bad 'Invalid leg to rebuild' "2 $three 2 rebuild x"
bad 'Invalid leg to rebuild' "2 $three 2 rebuild -1"
bad 'Invalid leg to rebuild' "2 $three 2 rebuild 3"
bad 'Invalid leg to rebuild' "2 $three 2 rebuild 4294967296"
bad 'Leg to rebuild is absent' "2 3 $a 0 $b 0 - 0 2 rebuild 2"
bad 'Leg to rebuild given twice' "1 $three 4 rebuild 1 rebuild 1"
bad 'Fewer legs to rebuild from than vote_threshold' "2 $three 4 rebuild 1 rebuild 2"
bad 'Fewer legs to rebuild from than vote_threshold' "2 $two 2 rebuild 1"
bad 'Fewer legs to rebuild from than vote_threshold' "2 3 $a 0 $b 0 - 0 2 rebuild 1"
bad "$pair" "2 $three 3 blkverify rebuild 1"
bad "$pair" "2 $three 1 blkverify"
bad "$pair" "1 $two 1 blkverify"
bad "$pair" "1 1 $a 0 1 blkverify"
bad "$pair" "2 3 $a 0 $b 0 - 0 1 blkverify"
bad 'blkverify does not go with read_pattern fifo' "2 $two 3 blkverify read_pattern fifo"
bad 'blkverify does not go with read_pattern fifo' "2 $two 3 read_pattern fifo blkverify"
bad 'blkverify does not go with read_pattern fast' "2 $two 3 read_pattern fast blkverify"

for i in "${!lines[@]}"; do
	mark_log "line $i"
	if dm load q --table "${lines[i]}" > /dev/null 2>&1; then
		mark_log 'it was taken'
		dm clear q
	fi
done

# one a line: what the log says of it
mapfile -t said < <(kernel_log 'line 0' | awk '
	/^tests: line/ { print line; line = "" }
	/^tests: it was taken$/ { line = "it was taken" }
	sub(/^device-mapper: table: [0-9:]+: quorum: /, "") { sub(/ \(-[A-Z0-9]+\)$/, ""); line = $0 }
	END { print line }')
for i in "${!lines[@]}"; do
	name=${lines[i]//"$work/"/}
	is "${said[i]-}" "${errors[i]}" "${name//\/dev\//}"
done
ok 'no line has left anything open' exclusive "$a" "$b" "$c" "$coarse" "$small" "$part" "$disk" "$zoned" /dev/mapper/tiny
ok "these are ${#lines[@]} lines" test "${#lines[@]}" -ge 60
is "$(dmsetup info -c --noheadings -o tables_loaded q)" None 'no table is loaded'
kill "$holder"
wait "$holder" 2> /dev/null || :
dm load q --table "0 $size quorum 2 $three"
ok 'the good line that they were made from is taken' dm resume q
is "$(dmsetup table q | cut -d' ' -f1-5)" "0 $size quorum 2 3" 'and live'
dm load q --table "0 $size quorum 1 32${many% - 0}"
ok 'so is one with 32 legs' dm resume q
is "$(dmsetup table q | cut -d' ' -f1-5)" "0 $size quorum 1 32" 'which is live'
done_testing
