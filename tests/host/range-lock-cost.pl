#!/usr/bin/perl
# range-lock-cost.pl: how many instructions a write of 4 KiB takes, in a guest whose clock counts them (run --icount).
# Three legs that do nothing. The least of several rounds, as what else the guest does only adds; and the median of several
# devices: where the slab allocator has put the memory of a device's requests decides for all of them which way it takes to
# free them, and that can differ by more than what is to be measured.
use strict;
use warnings;
use Fcntl;
use List::Util 'min';
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use lib '/repo/tests';
use aio;

use constant { PWRITE64 => 18, WRITES => 1000, BYTES => 4096, DEVICES => 16, ROUNDS => 3 };

system('modprobe null_blk nr_devices=3 queue_mode=0 irqmode=0 gb=1 && modprobe dm-quorum') == 0 or exit 1;
my $table = '0 2097152 quorum 2 3 /dev/nullb0 0 /dev/nullb1 0 /dev/nullb2 0';
my $buffer = aio::memory(BYTES);

sub round_of_writes {
	my ($fd) = @_;
	my $began = clock_gettime(CLOCK_MONOTONIC);
	for my $n (0 .. WRITES - 1) {
		syscall(PWRITE64, $fd, $buffer, BYTES, $n * (1 << 20)) == BYTES or die "$!\n";
	}
	return clock_gettime(CLOCK_MONOTONIC) - $began;
}

my @took;
for (1 .. DEVICES) {
	system("dmsetup --noudevsync --verifyudev create q --table '$table' && udevadm settle") == 0 or exit 1;
	# whatever else has begun with the device ends; idle time costs nothing
	sleep 3;
	sysopen my $file, '/dev/mapper/q', O_DIRECT | O_WRONLY or die "$!\n";
	push @took, min map { round_of_writes(fileno $file) } 1 .. ROUNDS;
	close $file;
	# udev looks at what has been written
	sleep 1;
	system('dmsetup --noudevsync --retry remove q && udevadm settle') == 0 or exit 1;
}
# one instruction is one nanosecond
printf "%.0f\n", (sort { $a <=> $b } @took)[DEVICES / 2] * 1e9 / WRITES;
