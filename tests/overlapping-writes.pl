#!/usr/bin/perl
# overlapping-writes.pl DEVICE ROUNDS FIRST-NUMBER DISK-FILE...: rounds of 40 writes that are all in flight at once and
# overlap; each fills its sectors with its own number. After each round, all disks must hold the same, and each sector the
# whole of what one of the writes to it wrote. Prints what is not so, and in the end what was done.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib $FindBin::Bin;
use aio;

use constant { WRITES => 40, AREA => 160, MOST => 32, SECTOR => 512 };

my ($device, $rounds, $number, @names) = @ARGV;
srand $number;
sysopen my $file, $device, O_DIRECT | O_RDWR or die "$device: $!\n";
my @disks = map { open my $disk, '<:raw', $_ or die "$_: $!\n"; $disk } @names;
my $aio = aio->new(WRITES);
my $buffer = aio::memory(WRITES * MOST * SECTOR);
my ($different, $foreign, $failed, $overlaps) = (0, 0, 0, 0);
my $source = aio::source('');

# each round somewhere else, so that it also crosses the borders at which requests are split
for my $round (1 .. $rounds) {
	my $area = 1 + int rand 600;
	my (@writers, @requests, $data);
	for my $i (0 .. WRITES - 1) {
		my $sectors = 1 + int rand MOST;
		my $first = int rand AREA - $sectors + 1;
		push @{$writers[$_]}, $number for $first .. $first + $sectors - 1;
		push @requests, [$i, 'write', $file, $buffer + $i * MOST * SECTOR, $sectors * SECTOR, ($area + $first) * SECTOR];
		$data .= pack('L', $number) x (MOST * SECTOR / 4);
		$number++;
	}
	$overlaps += grep { $_ && @$_ > 1 } @writers;
	aio::refill($source, $data);
	aio::store($buffer, $source, 0, length $data);

	$aio->submit(@requests);
	for ($aio->wait(WRITES)) {
		my ($i, $result) = @$_;
		next if $result == $requests[$i][4];
		print "round $round: a write ended with $result\n";
		$failed++;
	}

	my @held = map { my $held; sysseek $_, $area * SECTOR, 0; sysread $_, $held, AREA * SECTOR; $held } @disks;
	for my $leg (1 .. $#held) {
		next if $held[$leg] eq $held[0];
		print "round $round: leg $leg differs from leg 0\n" if $different++ < 5;
	}
	for my $sector (0 .. AREA - 1) {
		next if !$writers[$sector];
		my $data = substr $held[0], $sector * SECTOR, SECTOR;
		my $holds = unpack 'L', $data;
		next if $data eq pack('L', $holds) x (SECTOR / 4) && grep { $_ == $holds } @{$writers[$sector]};
		print "round $round: sector ", $area + $sector, " holds what no write wrote there\n" if $foreign++ < 5;
	}
}
print "rounds $rounds, writes that failed $failed, legs that differed $different, sectors that nobody wrote so $foreign\n";
die "the writes did not overlap\n" if $overlaps < $rounds * AREA / 2;
