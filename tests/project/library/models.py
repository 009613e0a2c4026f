"""Every kind of relation and of row that the tests need."""

from __future__ import annotations

import uuid

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.text import slugify


class Publisher(models.Model):
    name = models.CharField(max_length=50)


class Author(models.Model):
    name = models.CharField(max_length=50)
    biography = models.TextField(default="")
    publisher = models.ForeignKey(Publisher, models.CASCADE, related_name="authors")
    mentor = models.ForeignKey("self", models.SET_NULL, null=True, related_name="pupils")

    def __str__(self):
        return self.name

    @property
    def publisher_name(self):
        return self.publisher.name  # access

    @property
    def book_count(self):
        return self.books.count()  # access

    def titles(self):
        return [book.title for book in self.books.all()]  # access


class Profile(models.Model):
    """The last author has none."""

    author = models.OneToOneField(Author, models.CASCADE, related_name="profile")
    website = models.CharField(max_length=50)


class Tag(models.Model):
    name = models.CharField(max_length=50, unique=True)

    def __str__(self):
        return self.name

    @classmethod
    def register(cls, name):
        return cls.objects.create(name=name)  # access


class Note(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    obj = GenericForeignKey("content_type", "object_id")
    text = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)
    summary = models.TextField(default="")
    pages = models.IntegerField(default=100)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.CASCADE, related_name="edited_books")
    sequel = models.ForeignKey("self", models.SET_NULL, null=True, related_name="prequels")
    tags = models.ManyToManyField(Tag, related_name="books")
    contributors = models.ManyToManyField(
        Author, through="Contribution", related_name="contributed_books"
    )
    notes = GenericRelation(Note)

    @property
    def author_name(self):
        return self.author.name  # access

    def has_long_summary(self):
        return len(self.summary) > 100  # access

    def tag_names(self):
        return ", ".join(tag.name for tag in self.tags.all())  # access


class Contribution(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="contributions")
    author = models.ForeignKey(Author, models.CASCADE, related_name="contributions")
    role = models.CharField(max_length=50)


class Chapter(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="chapters")
    position = models.IntegerField()
    title = models.CharField(max_length=50)

    class Meta:
        ordering = ["position"]


class Loan(models.Model):
    """One relation without a related_name, one without a way back."""

    borrower = models.ForeignKey(Author, models.CASCADE)
    book = models.ForeignKey(Book, models.CASCADE, related_name="+")
    days = models.IntegerField(default=14)


class Shelf(models.Model):
    code = models.CharField(max_length=10, unique=True)
    room = models.CharField(max_length=50)


class CodedRef(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE, to_field="code", related_name="refs")


class Member(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=50)


class Ticket(models.Model):
    member = models.ForeignKey(Member, models.CASCADE, related_name="tickets")


class Language(models.Model):
    code = models.CharField(max_length=10, primary_key=True)
    name = models.CharField(max_length=50)


class Edition(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="editions")
    language = models.ForeignKey(Language, models.CASCADE, related_name="editions")

    def __str__(self):
        return f"{self.book.title} ({self.language_id})"  # access


class Place(models.Model):
    name = models.CharField(max_length=50)
    owner = models.ForeignKey(Author, models.CASCADE, related_name="places")


class Restaurant(Place):
    """Every place but the last is one."""

    cuisine = models.CharField(max_length=50)


class Draft(models.Model):
    """Has a save() of its own."""

    title = models.CharField(max_length=50)
    slug = models.SlugField(default="")

    def save(self, *args, **kwargs):
        self.slug = slugify(self.title)
        super().save(*args, **kwargs)


class Shipment(models.Model):
    """Has receivers connected to its signals."""

    destination = models.CharField(max_length=50)
    reference = models.CharField(max_length=50, default="")


class Stamp(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    label = models.CharField(max_length=50)


class ReviewQuerySet(models.QuerySet):
    def published(self):
        return self.filter(is_published=True)


class ReviewManager(models.Manager.from_queryset(ReviewQuerySet)):
    def get_queryset(self):
        return super().get_queryset().exclude(text="")

    def newest_of(self, book):
        return self.filter(book=book).order_by("-pk").first()  # access


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    text = models.CharField(max_length=50)
    is_published = models.BooleanField(default=True)

    objects = ReviewManager()
