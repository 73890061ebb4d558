#!/usr/bin/perl
# log-crash-load.pl THRESHOLD LEGS OPS SEED REGION-SECTORS: the load of log-crash-replay.t. Writes to the quorum device q, one
# operation after the other, and puts a mark with its number behind each into every write log. Legs fail writes and are
# failed and restored meanwhile. Prints what it has done, a line each:
#   NUMBER write SECTOR SECTORS FUA RESULT    NUMBER flush RESULT    NUMBER WHAT-ELSE
# Each sector that it writes holds the number of the operation and its own, again and again.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib $FindBin::Bin;
use IO::Handle;
use aio;
use dm;

use constant { O_DSYNC => 0x1000, PAGE => 4096 };
my ($threshold, $nr_legs, $ops, $seed, $region) = @ARGV;
srand $seed;
$| = 1;

my $size = (stat_size('q'));
my @logs = ('lwlog', map { "lw$_" } 0 .. $nr_legs - 1);
sysopen my $plain, '/dev/mapper/q', O_RDWR | O_DIRECT or die "q: $!\n";
sysopen my $fua, '/dev/mapper/q', O_RDWR | O_DIRECT | O_DSYNC or die "q: $!\n";
my $aio = aio->new(16);
my $memory = aio::memory(16 * 32768);
my ($number, $bad, $how) = (0, -1, '');

sub stat_size {
	open my $f, '<', "/sys/dev/block/" . number($_[0]) . "/size" or die;
	return 0 + <$f>;
}
sub number {
	my $rdev = (stat "/dev/mapper/$_[0]")[6];
	return ($rdev >> 8) . ':' . ($rdev & 0xff);
}

sub result { $_[0] < 0 ? 'failed' : 'ok' }

sub write_some {
	my ($count, $regions) = @_;
	my (@requests, @taken, $data);
	for my $i (0 .. $count - 1) {
		my $sectors = (1, 1 + int rand 7, 8, 8 * (1 + int rand 4), 8 * (1 + int rand 8))[rand 5];
		my $sector = int rand($size - $sectors);
		$sector = ($regions->[rand @$regions] * $region + int rand($region - $sectors)) if @$regions;
		$sector &= ~7 if $sectors % 8 == 0 && rand() < 0.8;
		next if grep { $sector < $_->[0] + $_->[1] && $_->[0] < $sector + $sectors } @taken;
		push @taken, [$sector, $sectors, rand() < 0.25 ? 1 : 0];
	}
	for my $i (0 .. $#taken) {
		my ($sector, $sectors, $is_fua) = @{$taken[$i]};
		my $bytes = join '', map { pack('N2', $number, $sector + $_) x 64 } 0 .. $sectors - 1;
		my $source = aio::source($bytes);
		aio::store($memory + $i * 32768, $source, 0, length $bytes);
		push @requests, [$i, 'write', $is_fua ? $fua : $plain, $memory + $i * 32768, length $bytes, $sector * 512];
	}
	$aio->submit(@requests);
	my @done;
	push @done, $aio->wait(@requests - @done) while @done < @requests;
	for (@done) {
		my ($i, $result) = @$_;
		print "$number write @{$taken[$i]} ", result($result), "\n";
	}
}

sub flush { print "$number flush ", $plain->sync ? 'ok' : 'failed', "\n" }

# what a leg holds back, or the log, is written by its device at any time
sub write_back {
	sysopen my $device, "/dev/mapper/$_[0]", O_RDWR or die "$_[0]: $!\n";
	$device->sync or die "$_[0]: $!\n";
	print "$number $_[0] writes back\n";
}

sub leg_table {
	my ($leg, $type, $more) = @_;
	dm::reload("leg$leg", [0, $size, $type, number("lw$leg") . " 0$more"]);
}

sub break_leg {
	$bad = int rand $nr_legs;
	$how = rand() < 0.5 ? 'fail' : 'errors';
	if ($how eq 'fail') { dm::message('q', "fail $bad") }
	else { leg_table($bad, 'flakey', ' 0 1 1 error_writes') }
	print "$number leg $bad: $how\n";
}

sub mend_leg {
	if ($how eq 'fail') { dm::message('q', "restore $bad") }
	else {
		leg_table($bad, 'linear', '');
		# one that goes on already does not look at this leg again
		eval { dm::message('q', 'idle') };
		dm::message('q', 'resync');
	}
	print "$number leg $bad: mended\n";
	$bad = -1;
}

sub wait_idle {
	my $end = time + 120;
	while ((dm::status('q'))[4] ne 'idle') {
		die "it does not become idle\n" if time > $end;
		select undef, undef, undef, 0.01;
	}
	print "$number idle\n";
}

# all marks that can go are taken back
sub clean {
	dm::suspend('q');
	dm::resume('q');
	print "$number cleaned\n";
}

sub mark { dm::message($_, "mark $number") for @logs }

# to begin with
wait_idle();
clean();
write_back('lwlog');
mark();
my @hot = (0, 1, int($size / $region) - 1);
while (++$number <= $ops) {
	my $what = rand;
	if ($what < 0.50) { write_some(1 + int rand 6, rand() < 0.6 ? \@hot : []) }
	elsif ($what < 0.68) { flush() }
	elsif ($what < 0.74) { write_back($logs[rand @logs]) }
	elsif ($what < 0.80 && $bad < 0) { break_leg() }
	elsif ($what < 0.87 && $bad >= 0) { mend_leg() }
	elsif ($what < 0.91 && $bad < 0) { wait_idle() }
	elsif ($what < 0.97) {
		clean();
		# the marks that are gone may stay so
		mark();
		$number++;
		write_back('lwlog');
	} else { @hot = map { int rand($size / $region) } 0 .. 1 }
	mark();
}
