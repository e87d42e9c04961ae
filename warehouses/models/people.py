"""People: the sellers who own the goods and the workers who move them."""

from typing import Self, TypeVar

from django.conf import settings
from django.db import models

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class Seller(models.Model):
    """A creator or shop whose goods the hubs hold: the tenant. Everything a seller may see hangs on it."""

    code = models.SlugField(max_length=20, unique=True, help_text="Short name on labels and in references.")
    name = models.CharField(max_length=120)
    email = models.EmailField(help_text="Where the hub writes about cases and shortages.")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Owned(models.QuerySet[M_co]):
    """Rows that have a `seller`."""

    def for_seller(self, seller: Seller) -> Self:
        """The rows of this seller: the only way in for portal and API."""
        return self.filter(seller=seller)


class Worker(models.Model):
    """Somebody on the floor. The badge is what a station scans; the user is what the admin knows."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="worker")
    hub = models.ForeignKey("warehouses.Hub", on_delete=models.PROTECT, related_name="workers")
    badge = models.CharField(max_length=20, unique=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["badge"]

    def __str__(self) -> str:
        return f"{self.user.get_full_name() or self.user.get_username()} ({self.badge})"
