#!/bin/bash
# takes 15 s
# dm-crypt with LUKS2 on a quorum device: damage of a leg in the header, and below data in use, is outvoted and told with
# its exact sectors (P1, P5), the legs end identical (P4), and each of them alone can be opened with the same key.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"
. "$(dirname "$0")/on-top.sh"

head -c 64 /dev/urandom > "$work/key"
# how well a passphrase is guarded is not what this is about
format() { cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file "$work/key" "$1"; }
unlock() { cryptsetup open --key-file "$work/key" "$@"; }

# the header takes 32768 sectors
loop_legs 3 65536
record_events
quorum_create q 2 "${legs[@]}"
ok 'a LUKS2 device is made' format /dev/mapper/q
is "$(blame)" "$nobody" 'nobody is blamed before'

# both copies of the header, of 16 KiB each
write_at "$work/disk1" 0 64 0xee
ok 'it can be opened, with damage in the header' unlock /dev/mapper/q secret
devices+=(secret)
is_told 0+64 'the damage is told exactly'
is "$(blame)" "$leg1_only" 'one leg is blamed'
ok 'it can be repaired' message q repair 0 64
wait_idle q
all_is_well
fails 'a leg in use cannot be opened' unlock "${legs[0]}" other

message q reset_counters
read -r _ _ type _ _ _ device below <<< "$(dmsetup table secret)"
is "$type $device" "crypt $(dev_number /dev/mapper/q)" 'the device is encrypted on the quorum device'
ok 'it is written' write_at /dev/mapper/secret $load_sectors 16 0x32
fails 'the data cannot be read below it' holds /dev/mapper/q $((below + load_sectors)) 16 0x32
outvoted /dev/mapper/secret $load_sectors $((below + load_sectors))
drop secret q
identical

for leg in 0 1 2; do
	ok "leg $leg can be opened alone" unlock --readonly "${legs[leg]}" alone
	devices=(alone)
	ok 'and holds the data' holds /dev/mapper/alone $load_sectors 16 0x33
	drop alone
done
done_testing
