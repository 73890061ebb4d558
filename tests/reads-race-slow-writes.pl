#!/usr/bin/perl
# reads-race-slow-writes.pl DEVICE WRITES: reads and overlapping writes, some of each in flight all the time, until so many
# writes and half as many reads are done. Each write fills its sectors with its own number, and each sector that is read must hold the whole of a
# lawful version: one that was written there before the read was over, and that had not been replaced, by an acknowledged
# write that began after it had ended, before the read began. Prints what is not so, and in the end what was done.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib $FindBin::Bin;
use aio;

use constant { WRITERS => 6, READERS => 6, AREA => 96, MOST => 32, SECTOR => 512 };

my ($device, $writes) = @ARGV;
srand 1;
sysopen my $file, $device, O_DIRECT | O_RDWR or die "$device: $!\n";
my $aio = aio->new(WRITERS + READERS);
my $buffer = aio::memory((WRITERS + READERS) * MOST * SECTOR);
my $source = aio::source('');

# The time is the count of what has been seen to begin and end. Version 0 is what the device held at first.
my $now = 1;
my @begun = (0);	# of each version
my @ended = (0);	# undefined while its write is in flight
my @where = ([0, AREA]);	# its first sector, and the one behind its last
my @floor = (0) x AREA;	# of each sector: when the latest acknowledged write to it began
my @request;	# in each place of the buffer
my ($reads, $done, $next, $failed, $wrong) = (0, 0, 1, 0, 0);

sub complain {
	print @_, "\n" if $failed + $wrong < 10;
}

sub begin {
	my ($place) = @_;
	my $sectors = 1 + int rand MOST;
	my $first = int rand AREA - $sectors + 1;
	my $address = $buffer + $place * MOST * SECTOR;
	my %request = (first => $first, end => $first + $sectors, begun => $now++);
	if ($place < WRITERS) {
		$request{version} = $next++;
		push @begun, $request{begun};
		push @where, [$first, $first + $sectors];
		aio::refill($source, my $data = pack('L', $request{version}) x ($sectors * SECTOR / 4));
		aio::store($address, $source, 0, $sectors * SECTOR);
	} else {
		$request{floor} = [@floor[$first .. $first + $sectors - 1]];
	}
	$request[$place] = \%request;
	return [$place, $place < WRITERS ? 'write' : 'read', $file, $address, $sectors * SECTOR, $first * SECTOR];
}

sub check_sector {
	my ($sector, $floor, $data) = @_;
	my $version = unpack 'L', $data;
	return 'a mixture' if $data ne pack('L', $version) x (SECTOR / 4);
	return "version $version, which nobody wrote" if $version >= @begun;
	return "version $version, which was not written there" if $sector < $where[$version][0] || $sector >= $where[$version][1];
	return "version $version, which had been replaced" if defined $ended[$version] && $ended[$version] < $floor;
	return;
}

sub end {
	my ($place, $result) = @_;
	my $request = $request[$place];
	my ($first, $end) = @$request{qw(first end)};
	if ($result != ($end - $first) * SECTOR) {
		complain("a ", $place < WRITERS ? 'write' : 'read', " ended with $result");
		$failed++;
		return;
	}
	if ($place < WRITERS) {
		$ended[$request->{version}] = $now++;
		for ($first .. $end - 1) { $floor[$_] = $request->{begun} if $floor[$_] < $request->{begun} }
		$done++;
		return;
	}
	$reads++;
	my $data = aio::fetch($buffer + $place * MOST * SECTOR, ($end - $first) * SECTOR);
	for my $i (0 .. $end - $first - 1) {
		my $fault = check_sector($first + $i, $request->{floor}[$i], substr $data, $i * SECTOR, SECTOR) or next;
		complain("sector ", $first + $i, " read as $fault");
		$wrong++;
	}
}

$aio->submit(map { begin($_) } 0 .. WRITERS + READERS - 1);
while ($aio->{in_flight}) {
	my @ends = $aio->wait(1);
	end(@$_) for @ends;
	my @more = map { begin($_->[0]) } grep { $done < $writes || $reads < $writes / 2 } @ends;
	$aio->submit(@more) if @more;
}
print "failed $failed, wrong $wrong\n";
